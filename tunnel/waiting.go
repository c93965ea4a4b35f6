package tunnel

import (
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"
)

// HeldAt is what a relay holds for one address of a key.
type HeldAt struct {
	Address string `json:"address"` // port or name
	Count   int    `json:"count"`
	Bytes   int64  `json:"bytes"`
	Oldest  int64  `json:"oldest"` // when the oldest came, Unix time in seconds
}

// Since is when the oldest came.
func (h HeldAt) Since() time.Time { return time.Unix(h.Oldest, 0) }

// maxWaiting bounds the addresses of one answer.
const maxWaiting = 100

// waitingReply is the payload of the answer to RequestWaiting.
type waitingReply struct {
	Held string // []HeldAt as JSON
}

// EncodeWaiting makes the payload of the answer to RequestWaiting; of very many addresses it holds the first.
func EncodeWaiting(held []HeldAt) ([]byte, error) {
	text, err := json.Marshal(held[:min(len(held), maxWaiting)])
	if err != nil {
		return nil, fmt.Errorf("tunnel: encode what is held: %w", err)
	}
	return ssh.Marshal(&waitingReply{string(text)}), nil
}

// askWaiting asks the relay what it holds for us, for who wants to know. A server that doesn't know the request says nothing.
func (s *session) askWaiting() error {
	if s.l.cfg.Waiting == nil {
		return nil
	}
	ok, answer, err := s.conn.SendRequest(RequestWaiting, true, nil)
	if err != nil {
		return fmt.Errorf("tunnel: ask relay what it holds: %w", err)
	}
	if !ok {
		return nil
	}
	var r waitingReply
	var held []HeldAt
	if err := ssh.Unmarshal(answer, &r); err != nil {
		return fmt.Errorf("tunnel: answer of relay: %w", err)
	}
	if err := json.Unmarshal([]byte(r.Held), &held); err != nil {
		return fmt.Errorf("tunnel: answer of relay: %w", err)
	}
	s.l.cfg.Waiting(held[:min(len(held), maxWaiting)])
	return nil
}
