package tunnel

import (
	"crypto/rand"
	"fmt"
	"net"
	"strconv"
)

// Names of the protocol on the SSH connection. The part behind the @ names this project, as RFC 4251 §6 asks of names
// that are not registered.
const (
	ChannelType    = "exchange@devhook"      // opened by the relay, once an agent has asked for an address
	RequestListen  = "listen@devhook"        // agent → relay: give me an address
	RequestGoodbye = "goodbye@devhook"       // agent → relay: I don't need it any more
	RequestTaken   = "taken@devhook"         // relay → agent: another process of your key has it now
	RequestPing    = "keepalive@openssh.com" // both ways; any answer will do
	RequestHold    = "hold@devhook"          // agent → relay, before RequestListen: what to do while I am away
	RequestHeld    = "held@devhook"          // relay → agent: so much was held, and comes now
	RequestWaiting = "waiting@devhook"       // agent → relay, before RequestListen: what do you hold for my key
	Version        = 1
)

// Claim says how an address is asked for: a name, or a public port.
type Claim uint32

// The claims.
const (
	ClaimAny    Claim = 0 // the relay chooses; the one named, if any, is tried first
	ClaimThis   Claim = 1 // this one, also from an older process of the same key
	ClaimResume Claim = 2 // the one this process had before
	ClaimSpare  Claim = 3 // one that nobody has or may come back for; the one named, if any, is the only one that will do
)

// ListenRequest is the payload of RequestListen.
type ListenRequest struct {
	Version  uint32
	Claim    uint32
	Port     uint32
	Name     string // counts more than Port
	Instance string
	Ready    uint32 // channels to hold ready
}

// Status is how a relay answers a ListenRequest.
type Status uint32

// The statuses.
const (
	StatusOK       Status = 0
	StatusVersion  Status = 1
	StatusRefused  Status = 2 // this relay or this key does not have such an address
	StatusTaken    Status = 3 // it belongs to another key, or nothing is free
	StatusReplaced Status = 4 // another process of the same key has it
	StatusFailed   Status = 5 // the relay could not open it
)

// ListenReply is the payload of the answer to RequestListen.
type ListenReply struct {
	Status uint32
	Text   string // for people, when Status is not StatusOK
	Port   uint32
	Scheme string
	Host   string // what callers use, "" if the relay was not told
	Name   string // "" for a whole port
}

func (r *ListenReply) fault() error {
	var kind error
	switch Status(r.Status) {
	case StatusOK:
		return nil
	case StatusVersion:
		kind = ErrVersion
	case StatusRefused:
		kind = ErrPortRefused
	case StatusReplaced:
		kind = ErrTakenOver
	case StatusTaken:
		kind = ErrPortTaken
	default:
		return fmt.Errorf("tunnel: relay: %.200q", r.Text)
	}
	return fmt.Errorf("tunnel: relay: %w: %.200q", kind, r.Text)
}

// PublicHost is host[:port] as it stands in a URL of this scheme; "" without a host.
func PublicHost(scheme, host string, port int) string {
	if host == "" {
		return ""
	}
	if scheme == "http" && port == 80 || scheme == "https" && port == 443 {
		if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

func randomID() string { return rand.Text() }
