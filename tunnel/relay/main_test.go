package relay_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"devhook/tunnel"
	"devhook/tunnel/http1"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

func TestMain(m *testing.M) {
	if played, code := play(); played {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// patience bounds what should happen soon on a machine that may be busy.
const patience = 20 * time.Second

// A rig is a relay with one agent.
type rig struct {
	*tunneltest.Relay
	agent *tunnel.Listener
}

func newRig(t testing.TB, handle func(*tunnel.Conn)) *rig {
	t.Helper()
	return newRigWith(t, nil, nil, handle)
}

func newRigWith(t testing.TB, change func(*relay.Config), agent func(*tunnel.Config), handle func(*tunnel.Conn)) *rig {
	t.Helper()
	r := tunneltest.NewRelay(t, change)
	c := r.Config(t)
	if agent != nil {
		agent(&c)
	}
	l := tunneltest.Listen(t, c)
	if handle != nil {
		tunneltest.Serve(l, handle)
	}
	return &rig{r, l}
}

func (r *rig) public() string { return r.Public(8080) }

// dial calls the public address.
func (r *rig) dial(t testing.TB) *net.TCPConn {
	t.Helper()
	return dial(t, r.public())
}

func dial(t testing.TB, address string) *net.TCPConn {
	t.Helper()
	c := connect(t, address)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// connect leaves closing to the caller: what is kept until a test ends would look like a leak after many.
func connect(t testing.TB, address string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

// ask sends raw bytes on a connection of its own and returns all that comes back.
func (r *rig) ask(t testing.TB, raw string) string {
	t.Helper()
	c := r.dial(t)
	defer c.Close()
	send(t, c, raw)
	b, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("read answer: %v", err)
	}
	return string(b)
}

func send(t testing.TB, w io.Writer, raw string) {
	t.Helper()
	if _, err := io.WriteString(w, raw); err != nil {
		t.Fatalf("send: %v", err)
	}
}

// readAnswer reads one HTTP answer.
func readAnswer(t testing.TB, r *bufio.Reader) (int, string) {
	t.Helper()
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatalf("read answer: %v", err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read answer's body: %v", err)
	}
	return res.StatusCode, string(b)
}

// echo answers with the method, target and body it got, and keeps the connection if the sender may.
func echo(c *tunnel.Conn) {
	defer c.Close()
	r := http1.NewReader(c)
	q, err := r.ReadRequest(http1.Limits{})
	if err != nil {
		answer(c, 400, "malformed: "+c.Malformed(), false)
		return
	}
	b, err := io.ReadAll(r.Body(q.Framing()))
	if err != nil {
		answer(c, 400, "cut off", false)
		return
	}
	answer(c, 200, fmt.Sprintf("%s %s %s", q.Method, q.Target, b), http1.KeepAlive(q.Minor, &q.Head))
}

func answer(c *tunnel.Conn, status int, body string, keep bool) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d Status\r\nContent-Length: %d\r\n", status, len(body))
	if !keep {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n" + body)
	if _, err := c.Write(b.Bytes()); err == nil {
		_ = c.Finish(keep)
	}
}

func post(target, body string, lines ...string) string {
	lines = append([]string{"POST " + target + " HTTP/1.1", "Host: relay.test"}, lines...)
	lines = append(lines, "Content-Length: "+strconv.Itoa(len(body)))
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

const closing = "Connection: close"

// eventually waits until ok says so.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}
