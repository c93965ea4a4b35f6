package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"devhook/inspector/export"
	"devhook/web/view"
)

const (
	treeDepth = 200  // a value nested deeper is left out
	treeNodes = 5000 // and so is what follows so many values
	openDepth = 3    // objects are open down to here

	scalarBytes = 128 << 10 // how much of a text in it is drawn
)

var errDeep = errors.New("nested deeper than " + strconv.Itoa(treeDepth) + " levels")

// jsonTree reads a JSON text into nodes, in order and with repeated keys, numbers as they were written.
type jsonTree struct {
	presenter
	data   []byte
	dec    *json.Decoder
	root   *view.Node
	nodes  int
	masked int
}

func (p presenter) tree(data []byte) (*jsonTree, error) {
	t := &jsonTree{presenter: p, data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	t.dec.UseNumber()
	var err error
	if t.root, err = t.value("", 0); err != nil {
		return nil, err
	}
	if _, err := t.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return t, nil
}

// cut says what the tree leaves out.
func (t *jsonTree) cut() string {
	if t.nodes <= treeNodes {
		return ""
	}
	return fmt.Sprintf("Shown are the first %d of %d values; Raw has them all.", treeNodes, t.nodes)
}

// value reads one value; key is what it stands under, for masking and for dates.
func (t *jsonTree) value(key string, depth int) (*view.Node, error) {
	hidden, ref := t.mask.HidesField(key), ""
	if hidden {
		ref = t.lifts.next()
	}
	from := t.dec.InputOffset()
	tok, err := t.dec.Token()
	if err != nil {
		return nil, noEOF(err)
	}
	if depth > treeDepth {
		return nil, errDeep
	}
	t.nodes++
	n := &view.Node{Key: visible(key, false)}
	if d, ok := tok.(json.Delim); ok {
		if n, err = t.collection(d, key, depth); err != nil {
			return nil, err
		}
	} else {
		t.scalar(n, key, tok)
	}
	raw := bytes.TrimLeft(t.data[from:t.dec.InputOffset()], " \t\r\n,:")
	if !hidden || string(raw) == `""` {
		return n, nil
	}
	secret := t.lifts.secret(ref, string(raw))
	if !secret.Lifted {
		t.masked++
		n = &view.Node{Key: n.Key, Kind: "s", Text: `"` + export.Hidden + `"`}
	}
	n.Secret = secret
	return n, nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (p presenter) scalar(n *view.Node, key string, tok json.Token) {
	switch v := tok.(type) {
	case string:
		n.Kind, n.Text, n.Aka = "s", quoted(v[:min(len(v), scalarBytes)]), p.aka(key, v)
		if len(v) > scalarBytes {
			n.Aka = "the first " + size(scalarBytes) + " of " + size(int64(len(v)))
		}
	case json.Number:
		n.Kind, n.Text, n.Aka = "n", v.String(), moment(key, v.String())
	case bool:
		n.Kind, n.Text = "w", strconv.FormatBool(v)
	default:
		n.Kind, n.Text = "w", "null"
	}
}

// quoted is a string in quotes with what can't be seen escaped; line breaks stay.
func quoted(s string) string { return `"` + visible(s, true) + `"` }

func (t *jsonTree) collection(d json.Delim, key string, depth int) (*view.Node, error) {
	n := &view.Node{Key: visible(key, false), Kind: "array", Open: depth < openDepth}
	if d == '{' {
		n.Kind = "object"
	}
	count := 0
	for ; t.dec.More(); count++ {
		name := key // the elements of a list are what the list is called
		if d == '{' {
			tok, err := t.dec.Token()
			if err != nil {
				return nil, noEOF(err)
			}
			name, _ = tok.(string)
		}
		child, err := t.value(name, depth+1)
		if err != nil {
			return nil, err
		}
		child.Keyed = d == '{'
		if t.nodes <= treeNodes {
			n.Children = append(n.Children, child)
		}
	}
	if _, err := t.dec.Token(); err != nil {
		return nil, noEOF(err)
	}
	n.Text = "[" + strconv.Itoa(count) + "]"
	if d == '{' {
		n.Text = "{" + strconv.Itoa(count) + "}"
	}
	return n, nil
}
