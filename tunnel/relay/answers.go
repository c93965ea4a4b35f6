package relay

import (
	"fmt"
	"time"

	"devhook/tunnel/http1"
)

// An ownAnswer is one of the relay's own. It ends the connection.
type ownAnswer struct {
	outcome Outcome
	text    []byte
}

var (
	offline      = newAnswer(Offline, 503, 5, "No agent is connected for this address at the moment.")
	tooMany      = newAnswer(TooMany, 503, 1, "Too many requests are under way for this address.")
	lostAnswer   = newAnswer(Lost, 502, 5, "The connection to the agent was lost; whether the request was handled is not known.")
	notFound     = newAnswer(NotFound, 404, 0, "This path is the relay's own, and there is nothing here.")
	noApp        = newAnswer(NoApp, 502, 5, "The client for this address is connected, but its app does not answer.")
	forbidden    = newAnswer(Forbidden, 403, 0, "This address does not take calls from yours.")
	notHTTP      = newAnswer(NotHTTP, 400, 0, "This is not an HTTP/1.1 request.")
	needsTLS     = newAnswer(NotHTTP, 400, 0, "This port speaks TLS: call https://.")
	shuttingDown = newAnswer(Other, 503, 5, "The relay is shutting down.")
	heldFull     = newAnswer(HoldFull, 507, 60, "The agent for this address is away, and there is no room to keep this request for it.")
	unkept       = newAnswer(HoldFull, 503, 30, "The agent for this address is away, and this request could not be kept for it.")
	tooLarge     = newAnswer(Other, 413, 0, "The body of this request is longer than 1 GiB.")
	tooSlow      = newAnswer(Left, 408, 0, "Nothing more of this request's body came.")
	cutOff       = newAnswer(Left, 400, 0, "This request ended in the middle of its body.")
	unreadable   = newAnswer(Unauthorised, 400, 0, "This request can't be read, so it can't be told who may call.")
)

// askPassword makes browsers ask their user.
var askPassword = newAnswerWith(Unauthorised, 401, "WWW-Authenticate: Basic realm=\"devhook\", charset=\"UTF-8\"\r\n", "This address takes calls with a user and password only.")

func newAnswer(o Outcome, status, retryAfter int, text string) *ownAnswer {
	retry := ""
	if retryAfter > 0 {
		retry = fmt.Sprintf("Retry-After: %d\r\n", retryAfter)
	}
	return newAnswerWith(o, status, retry, text)
}

func newAnswerWith(o Outcome, status int, lines, text string) *ownAnswer {
	text = "devhook relay: " + text + "\n"
	return &ownAnswer{o, fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"+
		"Cache-Control: no-store\r\n%sConnection: close\r\n\r\n%s", status, http1.StatusText(status), len(text), lines, text)}
}

// refuse answers in the agent's place and ends the connection.
func (x *sender) refuse(answer *ownAnswer) bool {
	x.count(answer.outcome)
	_ = x.conn.SetWriteDeadline(time.Now().Add(lingerFor))
	if _, err := x.conn.Write(answer.text); err == nil {
		x.linger(lingerFor)
		x.drain()
	}
	return false
}
