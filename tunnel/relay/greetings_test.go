package relay_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// TestOddGreetings: whatever an agent begins with in place of SSH ends its connection, and others get in.
func TestOddGreetings(t *testing.T) {
	r := tunneltest.NewRelay(t, func(c *relay.Config) { c.Limits.Handshake = 300 * time.Millisecond })
	const hello = "SSH-2.0-x\r\n"
	for name, raw := range map[string]string{
		"nothing":                 "",
		"half a banner":           "SSH-2.0-",
		"a banner without end":    strings.Repeat("x", 256<<10),
		"many lines before it":    strings.Repeat("hello\r\n", 40_000),
		"HTTP":                    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"TLS":                     "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"SSH 1":                   "SSH-1.5-x\r\n",
		"silence after it":        hello,
		"noise after it":          hello + strings.Repeat("\xff", 100_000),
		"a packet of no length":   hello + "\x00\x00\x00\x00",
		"a packet of 4 GiB":       hello + "\xff\xff\xff\xff\x04\x14",
		"more padding than bytes": hello + "\x00\x00\x00\x0c\xff\x14" + strings.Repeat("\x00", 100),
		"a key exchange cut off":  hello + "\x00\x00\x00\x1c\x04\x14" + strings.Repeat("\x00", 26),
		"an end before it begins": hello + "\x00\x00\x00\x0c\x0a\x01" + strings.Repeat("\x00", 10),
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", r.SSH)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(patience))
			go func() { _, _ = io.WriteString(c, raw) }()
			if _, err := io.Copy(io.Discard, c); err != nil && !isReset(err) {
				t.Errorf("the relay did not end it: %v", err)
			}
		})
	}
	known := r.Config(t).Signer
	for name, only := range map[string]ssh.Config{
		"an old key exchange": {KeyExchanges: []string{"diffie-hellman-group1-sha1"}},
		"an old cipher":       {Ciphers: []string{"aes128-cbc"}},
		"an old MAC":          {Ciphers: []string{"aes128-ctr"}, MACs: []string{"hmac-sha1-96"}},
	} {
		c, err := ssh.Dial("tcp", r.SSH, &ssh.ClientConfig{
			Config: only, User: "x", Auth: []ssh.AuthMethod{ssh.PublicKeys(known)}, HostKeyCallback: ssh.FixedHostKey(r.HostKey), Timeout: patience,
		})
		if err == nil {
			t.Errorf("%s was agreed on", name)
			_ = c.Close()
		}
	}
	if _, err := login(t, r, ssh.PublicKeys(known)); err != nil {
		t.Errorf("afterwards nobody gets in: %v", err)
	}
}
