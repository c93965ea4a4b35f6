package relay

import (
	"fmt"
	"strings"
	"time"

	"devhook/tunnel/http1"
)

// The relay's own answers. All of them end the connection.
var (
	offline    = ownAnswer(503, 5, "No agent is connected for this address at the moment.")
	tooMany    = ownAnswer(503, 1, "Too many requests are under way for this address.")
	lostAnswer = ownAnswer(502, 5, "The connection to the agent was lost; whether the request was handled is not known.")
	notFound   = ownAnswer(404, 0, "This path is the relay's own, and there is nothing here.")
	noApp      = ownAnswer(502, 5, "The client for this address is connected, but its app does not answer.")
	forbidden  = ownAnswer(403, 0, "This address does not take calls from yours.")
	unreadable = ownAnswer(400, 0, "This request can't be read, so it can't be told who may call.")
	notHTTP    = ownAnswer(400, 0, "This is not an HTTP/1.1 request.")
)

// askPassword makes browsers ask their user.
var askPassword = ownAnswerWith(401, "WWW-Authenticate: Basic realm=\"devhook\", charset=\"UTF-8\"\r\n", "This address takes calls with a user and password only.")

func ownAnswer(status, retryAfter int, text string) []byte {
	retry := ""
	if retryAfter > 0 {
		retry = fmt.Sprintf("Retry-After: %d\r\n", retryAfter)
	}
	return ownAnswerWith(status, retry, text)
}

func ownAnswerWith(status int, lines, text string) []byte {
	text = "devhook relay: " + text + "\n"
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"+
		"Cache-Control: no-store\r\n%sConnection: close\r\n\r\n%s", status, http1.StatusText(status), len(text), lines, text)
}

// refuse answers in the agent's place and ends the connection.
func (x *sender) refuse(answer []byte) bool {
	_ = x.conn.SetWriteDeadline(time.Now().Add(lingerFor))
	if _, err := x.conn.Write(answer); err == nil {
		x.linger(lingerFor)
		x.drain()
	}
	return false
}

const (
	ownPath   = "/_devhook/"
	probePath = "/_devhook/probe/" // passes to the agent
)

// reserved reports whether a target is below the relay's own path.
func reserved(target string) bool {
	if rest, ok := strings.CutPrefix(target, "http://"); ok {
		if n := strings.IndexByte(rest, '/'); n >= 0 {
			target = rest[n:]
		}
	}
	return strings.HasPrefix(target, ownPath) && !strings.HasPrefix(target, probePath)
}
