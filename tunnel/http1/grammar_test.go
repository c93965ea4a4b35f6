package http1

import (
	"strings"
	"testing"
)

func TestEqualFold(t *testing.T) {
	for c := range 256 {
		for d := range 256 {
			a, b := string([]byte{byte(c)}), string([]byte{byte(d)})
			want := c < 0x80 && d < 0x80 && strings.EqualFold(a, b) || c == d
			if equalFold(a, b) != want {
				t.Fatalf("0x%02x and 0x%02x: %t", c, d, !want)
			}
		}
	}
	if equalFold("\u212a", "k") || equalFold("ab", "a") {
		t.Error("different lengths are equal")
	}
}
