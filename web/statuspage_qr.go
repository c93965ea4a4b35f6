package web

import (
	"fmt"
	"strings"

	"rsc.io/qr"

	"devhook/web/view"
)

// qrMargin is the light edge around a code, in its squares: readers want four.
const qrMargin = 4

// qrNotes say who gets anywhere with the code.
var qrNotes = map[string]string{
	"machine": "Only this machine reaches it.", "network": "Machines in this network reach it.",
}

// qrOf is a text as a code to photograph; the zero QR if it is empty or too long for one.
func qrOf(text string) view.QR {
	if text == "" {
		return view.QR{}
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return view.QR{}
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for code.Black(x, y) { // outside the code it is white
				x++
			}
			if n := x - from; n > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+qrMargin, y+qrMargin, n, n)
			}
		}
	}
	return view.QR{Text: text, Path: path.String(), Size: code.Size + 2*qrMargin}
}
