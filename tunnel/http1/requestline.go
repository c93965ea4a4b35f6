package http1

import "bytes"

// checkRequestText looks at a request line, or the beginning of one, for bytes that can't be made good by what follows.
func checkRequestText(text []byte, maxTarget int) *Error {
	method, rest, spaced := bytes.Cut(text, []byte{' '})
	if i := firstNot(inToken, method[:min(len(method), maxMethodBytes)]); i >= 0 {
		return badByte(method[i], "the method")
	}
	if len(method) > maxMethodBytes {
		return bad("a method of more than 32 bytes")
	}
	if !spaced {
		return nil
	}
	target, proto, _ := bytes.Cut(rest, []byte{' '})
	if i := firstNot(inTarget, target[:min(len(target), maxTarget)]); i >= 0 {
		return badByte(target[i], "the target")
	}
	if len(target) > maxTarget {
		return &Error{Status: 414, Reason: "the target is too long"}
	}
	if i := firstNot(inText, proto); i >= 0 {
		return badByte(proto[i], "the request line")
	}
	return nil
}

// checkRequestLine looks at a complete request line that checkRequestText has passed.
func checkRequestLine(text []byte) *Error {
	method, rest, _ := bytes.Cut(text, []byte{' '})
	target, proto, versioned := bytes.Cut(rest, []byte{' '})
	switch {
	case len(method) == 0:
		return bad("a request line without a method")
	case len(target) == 0:
		return bad("a request line without a target")
	case !versioned:
		return bad("a request line without a version")
	}
	if err := checkProto(proto); err != nil {
		return err
	}
	switch string(method) {
	case "CONNECT":
		return &Error{Status: 405, Reason: "CONNECT: this is no proxy"}
	case "PRI":
		return &Error{Status: 505, Reason: "an HTTP/2 preface"}
	}
	return nil
}

// checkProto passes HTTP/1.x.
func checkProto(proto []byte) *Error {
	version, ok := bytes.CutPrefix(proto, []byte("HTTP/"))
	dotted := len(version) == 3 && version[1] == '.' && isDigit(version[2])
	switch {
	case !ok || len(version) == 0 || !isDigit(version[0]) || len(version) > 1 && !dotted:
		return bad("a request line that doesn't end with a version")
	case version[0] != '1':
		return &Error{Status: 505, Reason: "an HTTP version other than 1.0 and 1.1"}
	case !dotted:
		return bad("a request line that doesn't end with a version")
	}
	return nil
}
