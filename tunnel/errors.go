package tunnel

import "errors"

// Why Listen fails or a Listener ends. They are wrapped: use errors.Is.
var (
	ErrKeyRefused  = errors.New("the relay does not accept this key")
	ErrHostKey     = errors.New("the relay's host key is not the expected one")
	ErrTakenOver   = errors.New("another process with the same key has taken the address over")
	ErrPortRefused = errors.New("the relay does not give this port")
	ErrPortTaken   = errors.New("the port is taken")
	ErrNotRelay    = errors.New("the server is not a devhook relay")
	ErrNotGiven    = errors.New("the server does not forward this port")
	ErrNoNames     = errors.New("the server gives no names")
	ErrReads       = errors.New("a devhook relay reads requests itself: TLS can't pass through it")
	ErrVersion     = errors.New("the relay speaks another version of the protocol")
)

// final reports whether trying again can't help: what stands in the way is there on purpose.
func final(err error) bool {
	for _, f := range [...]error{ErrKeyRefused, ErrHostKey, ErrTakenOver, ErrPortRefused, ErrNotRelay, ErrNoNames, ErrReads, ErrVersion} {
		if errors.Is(err, f) {
			return true
		}
	}
	return false
}
