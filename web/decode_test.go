package web

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"devhook/inspector/export"
)

// packers put on what unpack takes off.
var packers = map[string]func(io.Writer) (io.WriteCloser, error){
	"gzip":        func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
	"x-gzip":      func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
	"deflate":     func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil },
	"deflate raw": func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 9) },
	"br":          func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriter(w), nil },
	"zstd":        func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
}

func packed(t testing.TB, how string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := packers[how](&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	const text = `{"token":"s3cret","a":"b"}`
	for how := range packers {
		name, _, _ := strings.Cut(how, " ")
		if u := unpack(strings.ToUpper(name), packed(t, how, []byte(text)), false); string(u.data) != text || u.bad || u.cut || u.said != "unpacked from "+name {
			t.Errorf("%s: %+v", how, u)
		}
		broken := packed(t, how, bytes.Repeat([]byte(text+"\n0123456789"), 3000))
		if u := unpack(name, broken[:len(broken)*2/3], false); !u.bad || u.said == "" {
			t.Errorf("%s, cut off: %q bad %v", how, u.said, u.bad)
		}
		if u := unpack(name, broken[:len(broken)*2/3], true); u.bad || !u.cut {
			t.Errorf("%s, read in part: %q bad %v cut %v", how, u.said, u.bad, u.cut)
		}
	}
	twice := packed(t, "br", packed(t, "gzip", []byte(text)))
	thrice := packed(t, "zstd", twice)
	for _, c := range []struct{ encodings, data, want, said string }{
		{"", text, text, ""},
		{"identity", text, text, ""},
		{"gzip, br", string(twice), text, "unpacked from gzip, br"},
		{"gzip , identity,, br,zstd", string(thrice), text, "unpacked from gzip, br, zstd"},
		{"gzip, gzip, gzip, gzip", text, text, "packed 4 times over, which is not undone"},
		{"gzip", text, text, "called gzip but isn’t"},
		{"br, gzip", string(twice), string(twice), "called br, gzip but isn’t"},
		{"compress", text, text, "packed as compress, which can’t be undone here"},
		{"x\u202e", text, text, `packed as x\u202e, which can’t be undone here`},
		{"deflate", "x", "x", "called deflate but isn’t"},
		{"gzip", "", "", ""},
	} {
		if u := unpack(c.encodings, []byte(c.data), false); string(u.data) != c.want || u.said != c.said {
			t.Errorf("%q: %.40q said %q, want %q", c.encodings, u.data, u.said, c.said)
		}
	}
}

// TestBombs: a few bytes that stand for very many come to the bound and no further, also where they lie in one another
// and where nothing comes out of them.
func TestBombs(t *testing.T) {
	zeros := make([]byte, 64<<20)
	empty := bytes.Repeat(packed(t, "gzip", nil), 2<<20)
	for how := range packers {
		name, _, _ := strings.Cut(how, " ")
		bomb := packed(t, how, zeros)
		if len(bomb) > previewBytes {
			t.Fatalf("%s: a bomb of %d bytes is none", how, len(bomb))
		}
		if u := unpack(name, bomb, false); len(u.data) != unpackedBytes || !u.cut || u.bad || !strings.Contains(u.said, "cut at 4.2 MB") {
			t.Errorf("%s: %d bytes, cut %v, %q", how, len(u.data), u.cut, u.said)
		}
		if u := unpack(name+","+name, packed(t, how, bomb), false); len(u.data) > unpackedBytes || !u.cut {
			t.Errorf("%s twice: %d bytes, cut %v", how, len(u.data), u.cut)
		}
		if u := unpack("gzip,"+name, packed(t, how, empty), false); len(u.data) > 0 || !u.cut {
			t.Errorf("empty ones in %s: %d bytes, cut %v, %q", how, len(u.data), u.cut, u.said)
		}
	}
}

func TestBodyUnpacked(t *testing.T) {
	r := newRoom(t)
	shown := func(encoding string, body []byte) *answered {
		c := r.bodied("application/json", "Content-Encoding: "+encoding+"\r\n", string(body))
		return r.get("/requests/" + c.ID + "?tab=body").is(200).lacks("s3cret")
	}
	text := []byte(`{"token":"s3cret","a":"b"}`)
	for _, how := range []string{"gzip", "deflate", "br", "zstd"} {
		shown(how, packed(t, how, text)).has("well-formed JSON, unpacked from "+how, `<span class="k">a</span>`)
	}
	long := []byte(`{"token":"s3cret","a":"` + strings.Repeat("0", unpackedBytes) + `"}`)
	shown("gzip", packed(t, "gzip", long)). // cut by us, so nothing is wrong with it
						has("unpacked from gzip and cut at 4.2 MB").lacks("not well-formed")
	shown("gzip", text[:1]).has("called gzip but isn’t")
	broken := packed(t, "gzip", text)
	shown("gzip", broken[:len(broken)-6]).has("up to where it breaks off")
}

// FuzzBody: whatever comes is drawn in bounds, and nothing panics.
func FuzzBody(f *testing.F) {
	f.Add("multipart/form-data; boundary=b", "", []byte(partsBody("b", "Content-Disposition: form-data; name=a\r\n\r\nx")))
	f.Add("application/xml; charset=utf-16", "", []byte("<a><b/></a>"))
	f.Add("application/json", "gzip, br", packed(f, "br", packed(f, "gzip", []byte(`{"token":1}`))))
	f.Add("image/png", "zstd", packed(f, "zstd", []byte("\x89PNG\r\n\x1a\n")))
	f.Add("application/x-www-form-urlencoded", "deflate", packed(f, "deflate", []byte("a=%zz&token=x")))
	f.Fuzz(func(t *testing.T, kind, encodings string, data []byte) {
		u := unpack(encodings, data, len(data)%2 == 1)
		if len(u.data) > max(unpackedBytes, len(data)) {
			t.Fatalf("%d bytes", len(u.data))
		}
		p := presenter{mask: export.NewMask(nil, nil), lifts: &lifts{}}
		p.content(kind, u.data, u.cut, 0)
		imageOf(u.data, int64(len(u.data)))
		export.Parts(kind, u.data) // its errors are views of their own
		d := &drawing{presenter: p, differ: differ{left: diffWork}}
		a, b := payload{kind: kind, encoding: encodings, data: data, size: int64(len(data))}, payload{kind: kind, data: u.data, size: int64(len(u.data))}
		d.bodies("x", "x", a, b, len(data)%3 == 0)
	})
}

// TestUnpackOfNoise: bytes that are no packing at all.
func TestUnpackOfNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		data := make([]byte, r.IntN(200))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		for how := range unpackers {
			if u := unpack(how, data, false); len(data) > 0 && u.said == "" || len(u.data) > unpackedBytes {
				t.Fatalf("%s of %x: %+v", how, data, u)
			}
		}
	}
}
