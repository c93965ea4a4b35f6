package inspector

import (
	"bytes"
	"io"
	"testing"
)

// fill receives a body as an exchange does.
func fill(t *testing.T, c *bodyCopy, body []byte) {
	t.Helper()
	c.add(body[:shortBody])
	for body = body[shortBody:]; len(body) > 0; {
		space := c.space(nil)
		if len(space) != 0 || cap(space) < min(len(body)+1, shortBody) {
			t.Fatalf("room for %d bytes of %d", cap(space), len(body))
		}
		n := copy(space[:cap(space)], body)
		c.add(space[:n])
		body = body[n:]
	}
}

// TestBodyMemory holds that no more is set aside than there is, and all comes back.
func TestBodyMemory(t *testing.T) {
	const size = 3*shortBody + 7
	m := NewMemory(2*size + 1)
	first := m.take(size)
	if first == nil || m.take(size) != nil {
		t.Fatal("the bound is another")
	}
	body := bytes.Repeat([]byte("0123456"), size/7+1)[:size]
	fill(t, first, body)
	if !bytes.Equal(first.whole(), body) {
		t.Error("the copy differs")
	}

	r := first.open()
	first.release()
	if m.take(size) != nil {
		t.Error("it is released while a reader has it")
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, body) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if first.open() != nil {
		t.Error("it can be read after its release")
	}

	second := m.take(size)
	if second == nil {
		t.Fatal("nothing came back")
	}
	fill(t, second, body)
	if first.open() != nil {
		t.Error("the first is read out of the second's memory")
	}
	second.release()
	if left := m.left.Load(); left != 2*size+1 {
		t.Errorf("%d bytes are left", left)
	}
}

// TestNoBodyCopy: without a copy its methods come to nothing.
func TestNoBodyCopy(t *testing.T) {
	var c *bodyCopy
	c.add([]byte("x"))
	c.release()
	if c.whole() != nil || c.open() != nil || cap(c.space(make([]byte, 3, 5))) != 5 {
		t.Error("there is something")
	}
}
