package web

import "bytes"

// sealed says that a body holds a credential which can't be covered where it stands, because the bytes are packed or
// are text of another encoding: then none of them is shown.
func (p presenter) sealed(kind, encoding string, body []byte, partial bool) bool {
	data, _ := decodeText(kind, unpack(encoding, body, partial).data)
	return !bytes.Equal(data, body) && !bytes.Equal(p.mask.Body(kind, data), data)
}
