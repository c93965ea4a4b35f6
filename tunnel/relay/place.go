package relay

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// A place is what an address is: a name under the domain, or a whole public port.
type place struct {
	name string // one label, in lower case; "" for a port
	port int    // 0 for a name
}

func (p place) String() string {
	if p.name != "" {
		return p.name
	}
	return strconv.Itoa(p.port)
}

// parsePlace reads what String wrote.
func parsePlace(text string) (place, error) {
	if port, err := strconv.Atoi(text); err == nil {
		return place{port: port}, nil
	}
	return place{name: text}, checkName(text)
}

// Names that are not given away: programs look for something else there, or people would take it for the relay's own.
var reservedNames = [...]string{
	"www", "mail", "smtp", "imap", "pop", "pop3", "ftp", "ssh", "vpn", "dns", "ns", "ns1", "ns2", "mx", "localhost", "broadcasthost",
	"wpad", "isatap", "autodiscover", "autoconfig", "mta-sts", "postmaster", "hostmaster", "webmaster", "admin", "root",
	"devhook", "relay",
}

// checkName says what is wrong with a name: it is to be one label of a host name (RFC 1123 §2.1) in lower case. One that
// IDNA has encoded (RFC 5891) must decode, and encode to the same again. Digits alone would look like a port.
func checkName(name string) error {
	switch {
	case name == "" || len(name) > 63:
		return errors.New("a name has 1 to 63 characters")
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return errors.New("a name has letters, digits and hyphens only")
	case name[0] == '-' || name[len(name)-1] == '-':
		return errors.New("a name neither begins nor ends with a hyphen")
	case strings.Trim(name, "0123456789") == "":
		return errors.New("a name is more than digits")
	case len(name) > 3 && name[2:4] == "--" && !soundPunycode(name):
		return errors.New("a name with two hyphens in third place must be sound punycode")
	}
	for _, r := range reservedNames {
		if name == r {
			return fmt.Errorf("the name %s is reserved", name)
		}
	}
	return nil
}

func soundPunycode(name string) bool {
	if !strings.HasPrefix(name, "xn--") {
		return false
	}
	text, err := idna.Registration.ToUnicode(name)
	if err != nil {
		return false
	}
	again, err := idna.Registration.ToASCII(text)
	return err == nil && again == name && text != name
}

// ownName is the n-th name that a key gets without asking for one: always the same, and nobody else's by accident.
func ownName(key string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", key, n))
	name := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
	if strings.Trim(name, "234567") == "" {
		return "a" + name
	}
	return name
}

// hostOf is the host by which an address is called, "" if the relay was not told.
func (s *Server) hostOf(p place) string {
	if p.name != "" {
		return p.name + "." + s.cfg.Domain
	}
	return s.cfg.PublicHost
}

// nameIn finds the name in a Host, host[:port] in any case; "" if it is none under the domain.
func (s *Server) nameIn(host string) string {
	if n := strings.LastIndexByte(host, ':'); n >= 0 {
		host = host[:n]
	}
	host = strings.TrimSuffix(host, ".")
	dot := len(host) - len(s.cfg.Domain) - 1
	if dot < 1 || host[dot] != '.' || !strings.EqualFold(host[dot+1:], s.cfg.Domain) {
		return ""
	}
	return strings.ToLower(host[:dot])
}
