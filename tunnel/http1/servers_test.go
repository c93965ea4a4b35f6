package http1

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"devhook/tunnel/http1/http1test"
)

// whole are the requests of a connection that are taken: "POST /target body", as stockServer tells them. certain says that
// the connection ended where a request did; what was refused or cut short leaves open what others make of the rest.
func whole(in string) (taken []string, certain bool) {
	r := NewReader(strings.NewReader(in))
	for {
		q, err := r.ReadRequest(Limits{})
		if err != nil {
			return taken, err == io.EOF
		}
		body, err := io.ReadAll(r.Body(q.Framing()))
		if err != nil {
			return taken, false
		}
		taken = append(taken, q.Method+" "+shorten(q.Target)+" "+shorten(string(body)))
	}
}

// onlyPath leaves a target in absolute form its path, as proxies do. Its host is that of the Host line: relay and inspector see to it.
var onlyPath = regexp.MustCompile(` http://[^/ ]+/`)

// differs says where a server's reading of bytes is another one than ours: it may refuse what we take, but what it takes at the
// same place must be the same, and where we see the end it may see nothing more.
func differs(ours []string, certain bool, theirs string) string {
	told := strings.Split(theirs, " | ")
	for i, line := range told {
		request, ok := strings.CutPrefix(line, "200 ")
		request, _, _ = strings.Cut(request, " +") // trailers
		switch {
		case !ok || strings.HasSuffix(line, " broken"): // and the app was told so
			return "" // refused, and all that follows
		case i >= len(ours) && certain:
			return "one more request: " + request
		case i >= len(ours):
			return ""
		case request != ours[i] && request != onlyPath.ReplaceAllString(ours[i], " /"):
			return "takes " + request + " for " + ours[i]
		}
	}
	return ""
}

// TestOthersReadTheSame lets nginx, haproxy and net/http read the same bytes. Whatever we take, they take as the same requests or
// refuse: were it otherwise, a server on the way could see other requests than the relay, or the app than the inspector.
func TestOthersReadTheSame(t *testing.T) {
	stock := stockServer(t)
	servers := append(http1test.Servers(), http1test.Server{Name: "net/http", Start: func(testing.TB, string) string { return stock }})
	for _, s := range servers {
		t.Run(s.Name, func(t *testing.T) {
			addr, refused, laxer := s.Start(t, stock), 0, 0
			for _, c := range http1test.Inputs() {
				ours, certain := whole(c.In)
				theirs := askStock(t, addr, c.In)
				t.Logf("%-32s %-60s %s", c.Name, c.Want, theirs)
				if fault := differs(ours, certain, theirs); fault != "" {
					t.Errorf("%s: %s %s", c.Name, s.Name, fault)
				}
				taken := strings.Count("| "+theirs, "| 200 ")
				if taken < len(ours) {
					refused++
				}
				if taken > len(ours) {
					laxer++
				}
			}
			t.Logf("%d inputs: %s takes less of %d and more of %d", len(http1test.Inputs()), s.Name, refused, laxer)
		})
	}
}

func TestDiffers(t *testing.T) {
	for _, tt := range []struct {
		ours    []string
		certain bool
		theirs  string
		differ  bool
	}{
		{[]string{`GET / ""`}, true, `200 GET / ""`, false},
		{[]string{`GET / ""`}, true, "400", false},
		{[]string{`GET / ""`}, true, `200 GET / "" | 200 GET /2 ""`, true},
		{[]string{`GET / ""`}, true, `200 GET / "" | 400`, false},
		{[]string{`GET / ""`}, false, `200 GET / "" | 200 GET /2 ""`, false},
		{[]string{"POST / ab"}, true, "200 POST / a", true},
		{nil, false, `200 POST / ""`, false},
		{nil, true, `200 POST / ""`, true},
	} {
		if got := differs(tt.ours, tt.certain, tt.theirs); (got != "") != tt.differ {
			t.Errorf("%q and %q: %q", tt.ours, tt.theirs, got)
		}
	}
	if len(slices.Collect(strings.SplitSeq("", " | "))) != 1 {
		t.Error("no answer is one line")
	}
}
