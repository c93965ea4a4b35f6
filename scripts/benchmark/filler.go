package main

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
)

const (
	shortestBody = 256
	longestBody  = 64 * mib
)

// filler is the text of every body: words, numbers and what ends the JSON. A body has as much of its end as it needs. It
// is no run of one letter, which an index of text would find far too easy, and no part of it is like another, so
// that a body whose pieces changed places is not taken for right. It is the same in every process.
var filler = sync.OnceValue(func() []byte {
	vocabulary := strings.Fields("amount currency customer description invoice livemode metadata payment method receipt email shipping status " +
		"subscription transfer balance charge created dispute account address city country line postal code state phone quantity price product")
	r := rand.New(rand.NewPCG(8, 4040))
	text := make([]byte, 0, longestBody+32)
	for len(text) < longestBody-2 {
		text = append(append(text, vocabulary[r.IntN(len(vocabulary))]...), ' ')
		if r.IntN(3) == 0 {
			text = append(strconv.AppendUint(text, uint64(r.Uint32()), 10), ' ')
		}
	}
	return append(text[:longestBody-2], `"}`...)
})

// rest is the filler's last n bytes.
func rest(n int) []byte {
	all := filler()
	return all[len(all)-n:]
}

// bodyStart is what stands in a body before the filler.
func bodyStart(id string) string { return `{"id":"` + id + `","text":"` }

// A checker is an io.Writer that compares what is written with what is expected.
type checker struct {
	expected []byte
	wrong    bool
}

func (c *checker) Write(p []byte) (int, error) {
	if len(p) > len(c.expected) || !bytes.Equal(p, c.expected[:len(p)]) {
		c.wrong = true
		c.expected = nil
		return len(p), nil
	}
	c.expected = c.expected[len(p):]
	return len(p), nil
}

// right says whether all was written and all of it was right.
func (c *checker) right() bool { return !c.wrong && len(c.expected) == 0 }
