package config

import (
	"path/filepath"
	"testing"
)

func TestTLSFiles(t *testing.T) {
	got, err := load(t, "tls_cert: tls/cert.pem\ntls_key: /etc/key.pem\n", Sources{Flags: flags("local", "3000")})
	if err != nil || got.TLSCert != filepath.Join("tls", "cert.pem") || got.TLSKey != "/etc/key.pem" {
		t.Errorf("%v, %+v", err, got)
	}
	for _, c := range []struct{ cert, key, relay, want string }{
		{"c", "k", "ssh://vps", ""},
		{"c", "k", "", ""},
		{"c", "", "ssh://vps", "--tls-cert is there, but --tls-key is not"},
		{"", "k", "ssh://vps", "--tls-key is there, but --tls-cert is not"},
		{"c", "k", "wss://vps", "TLS can't end here: a devhook relay reads requests itself, and wss://vps leads to one"},
	} {
		all := flags("local", "3000")
		for word, text := range map[string]string{"tls-cert": c.cert, "tls-key": c.key, "relay": c.relay} {
			if text != "" {
				all[word] = []string{text}
			}
		}
		if _, err := load(t, "", Sources{Flags: all}); faults(err) != c.want {
			t.Errorf("%+v: %q", c, faults(err))
		}
	}
	_, err = load(t, "", Sources{Flags: flags("local", "3000", "tls-cert", "", "tls-key", "k")})
	if want := "the path of the certificate is empty"; faults(err) != want {
		t.Errorf("an empty path: %q", faults(err))
	}
}
