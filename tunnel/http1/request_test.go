package http1

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"devhook/tunnel/http1/http1test"
	"github.com/google/go-cmp/cmp"
)

// TestMalformedIsKept: a bad head is a capture too.
func TestMalformedIsKept(t *testing.T) {
	for _, c := range []struct {
		name, in, raw  string
		method, target string
		fields         []Field
	}{
		{
			"blank before colon", "POST /x HTTP/1.1\r\nHost: a\r\nX : y\r\nZ: 1\r\n\r\nbody", "POST /x HTTP/1.1\r\nHost: a\r\nX : y\r\nZ: 1\r\n\r\n",
			"POST", "/x",
			[]Field{{"Host", "a"}, {"Z", "1"}},
		},
		{
			"fold", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
			"GET", "/",
			[]Field{{"Host", "a"}, {"X", "1"}},
		},
		{"LF only", "GET / HTTP/1.1\nHost: a\n\nbody", "GET / HTTP/1.1\nHost: a\n\n", "GET", "/", []Field{{"Host", "a"}}},
		{"two empty lines", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nx", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/", []Field{{"Host", "a"}}},
		{"no head at all", "\x16\x03\x01 abc", "\x16\x03\x01 abc", "", "abc", nil},
		{
			"both framings", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0",
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
			"POST", "/",
			[]Field{{"Host", "a"}, {"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}},
		},
		{"cut", "POST /x HTTP/1.1\r\nHost: a\r\nX-Sig: 12", "POST /x HTTP/1.1\r\nHost: a\r\nX-Sig: 12", "POST", "/x", []Field{{"Host", "a"}}},
		{"cut early", "PO", "PO", "", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, err := NewReader(strings.NewReader(c.in)).ReadRequest(Limits{})
			if err == nil || q == nil {
				t.Fatalf("got %v, %v", q, err)
			}
			if string(q.Raw) != c.raw || q.Method != c.method || q.Target != c.target {
				t.Errorf("got %q %q, raw %q", q.Method, q.Target, q.Raw)
			}
			if diff := cmp.Diff(c.fields, append([]Field(nil), q.Fields...)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSameFaultAgain: whoever is handed Raw finds the fault that was found first, so relay and inspector agree.
func TestSameFaultAgain(t *testing.T) {
	for _, c := range http1test.Inputs() {
		for _, i := range splits(c.In) {
			q, err := NewReader(&pieces{c.In[:i], c.In[i:]}).ReadRequest(Limits{})
			if q == nil {
				continue
			}
			again, err2 := NewReader(strings.NewReader(string(q.Raw))).ReadRequest(Limits{})
			if again == nil || fault(err2) != fault(err) || string(again.Raw) != string(q.Raw) {
				t.Fatalf("%s, split at %d: first %v, then %v", c.Name, i, err, err2)
			}
		}
	}
}

// waiting is a connection on which nothing more comes.
type waiting struct{ t *testing.T }

func (w waiting) Read([]byte) (int, error) {
	w.t.Error("waits although the verdict is certain")
	return 0, io.EOF
}

func TestFaultsDoNotWait(t *testing.T) {
	for _, in := range []string{
		"\x16\x03\x01", "G@T", "GET /\x00", strings.Repeat("M", 33), "GET /" + strings.Repeat("x", 16<<10), "GET / HTTP/1.1\x01",
		"GET / HTTP/2.0\r\n", "CONNECT a:1 HTTP/1.1\r\n", "GET /\r\n", "GET / HTTP/1.1\n", "\r\n\r\n", "\n", "\ra",
		"GET / HTTP/1.1\r\nHost: a\x00", "GET / HTTP/1.1\r\nHost: a\rb", "GET / HTTP/1.1\r\nHost : a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n",
		http1test.HeadOf(64<<10+1, 0)[:64<<10], strings.TrimSuffix(http1test.HeadOf(0, 201), ": 1\r\n\r\n"),
	} {
		var e *Error
		q, err := NewReader(io.MultiReader(strings.NewReader(in), waiting{t})).ReadRequest(Limits{})
		if !errors.As(err, &e) || string(q.Raw) != in {
			t.Errorf("%.40q: %v", in, err)
		}
	}
}

// TestTimeoutKeepsBytes: a slow head can be read on, and be recorded as it stands.
func TestTimeoutKeepsBytes(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	defer near.Close()
	r := NewReader(near)
	near.SetReadDeadline(time.Now())
	if q, err := r.ReadRequest(Limits{}); q != nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("before the first byte: %v, %v", q, err)
	}
	near.SetReadDeadline(time.Time{})
	go func() {
		io.WriteString(far, "GET / HT")
		near.SetReadDeadline(time.Now())
	}()
	q, err := r.ReadRequest(Limits{})
	if !errors.Is(err, os.ErrDeadlineExceeded) || q == nil || string(q.Raw) != "GET / HT" {
		t.Fatalf("inside the head: %v, %v", q, err)
	}
	near.SetReadDeadline(time.Time{})
	go io.WriteString(far, "TP/1.1\r\nHost: a\r\n\r\n")
	if q, err := r.ReadRequest(Limits{}); err != nil || q.Target != "/" {
		t.Fatalf("after the pause: %v", err)
	}
}

func TestLimits(t *testing.T) {
	const in = "GET /123 HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
	for _, c := range []struct {
		limits Limits
		want   string
	}{
		{Limits{HeadBytes: len(in), Lines: 2, TargetBytes: 4}, "fine"},
		{Limits{HeadBytes: len(in) - 1}, "431 the head is too long"},
		{Limits{Lines: 1}, "431 too many header lines"},
		{Limits{TargetBytes: 3}, "414 the target is too long"},
	} {
		q, err := NewReader(strings.NewReader(in)).ReadRequest(c.limits)
		got := fault(err)
		if got != c.want || q == nil || len(q.Raw) > c.limits.orDefault().HeadBytes {
			t.Errorf("%+v: %s", c.limits, got)
		}
	}
}

func TestExpectsContinue(t *testing.T) {
	for in, want := range map[string]bool{
		"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n":          true,
		"POST / HTTP/1.1\r\nHost: a\r\nexpect: 100-CONTINUE\r\nTransfer-Encoding: chunked\r\n\r\n": true,
		"POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n":          false,
		"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n":                                false,
		"POST / HTTP/1.1\r\nHost: a\r\nExpect:\r\nContent-Length: 1\r\n\r\n":                       false,
	} {
		if got := mustRequest(t, in).ExpectsContinue(); got != want {
			t.Errorf("%q: %t", in, got)
		}
	}
}

func TestHostDiffers(t *testing.T) {
	for _, c := range []struct {
		target, host, authority string
		differs                 bool
	}{
		{"/x", "a.test", "", false},
		{"*", "a.test", "", false},
		{"/x?u=http://b.test/", "a.test", "", false},
		{"x?u=http://b.test/", "a.test", "", false},
		{"http://A.test/x", "a.TEST", "A.test", false},
		{"http://a.test:80?x", "a.test", "a.test:80", false},
		{"HTTPS://a.test", "a.test:443", "a.test", false},
		{"http://a.test:443/", "a.test", "a.test:443", true},
		{"http://b.test/x", "a.test", "b.test", true},
		{"http://a.test@b.test/", "a.test", "a.test@b.test", true},
		{"http:///x", "a.test", "", true},
		{"http://b.test", "", "b.test", true},
	} {
		q := mustRequest(t, "GET "+c.target+" HTTP/1.1\r\nHost: "+c.host+"\r\n\r\n")
		if q.Authority() != c.authority || q.HostDiffers() != c.differs {
			t.Errorf("%s with Host %s: %q, %t", c.target, c.host, q.Authority(), q.HostDiffers())
		}
	}
}
