package config

import (
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/zalando/go-keyring"
)

const (
	// keyringService is what devhook's secrets are filed under in the system's keyring: an attribute of the Secret Service,
	// a service of macOS's keychain, the first word of a generic credential of Windows.
	keyringService = "devhook"

	// unlocking is how long the keyring may take: it may ask its owner to unlock it, who may be away.
	unlocking = time.Minute
)

var errKeyringSilent = errors.New("it gave no answer within a minute; is it asking to be unlocked?")

func (l *loader) keyringSecret(who holder, name string, ref value) (Secret, bool) {
	store := "store it there: " + storing(runtime.GOOS, name)
	text, err := askKeyring(name)
	text = trimNewline(text)
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		l.fault(ref.at, store, "%s isn't in the keyring", ref.text)
	case err != nil:
		l.fault(ref.at, "use env:"+who.variable+" or file:PATH where no keyring runs", "%s can't be read: %v", ref.text, err)
	case text == "":
		l.fault(ref.at, store, "%s is empty", ref.text)
	default:
		return Secret{Ref: ref.text, Value: text}, true
	}
	return Secret{}, false
}

// storing is how a secret gets there with what the system brings.
func storing(system, name string) string {
	switch system {
	case "darwin":
		return "security add-generic-password -s " + keyringService + " -a " + name + " -w"
	case "windows":
		return "cmdkey /generic:" + keyringService + ":" + name + " /user:" + name + " /pass"
	}
	return "secret-tool store --label=devhook service " + keyringService + " username " + name
}

func askKeyring(name string) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := keyring.Get(keyringService, name)
		answered <- answer{text, err}
	}()
	select {
	case a := <-answered:
		return fromUTF16(a.text), a.err
	case <-time.After(unlocking):
		return "", errKeyringSilent
	}
}

// fromUTF16 is what Windows' own cmdkey has stored, UTF-16 in little-endian order, as UTF-8. Other texts have no zero bytes and
// stay as they are.
func fromUTF16(text string) string {
	if len(text)%2 != 0 || !strings.Contains(text, "\x00") {
		return text
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16([]byte(text[2*i:]))
	}
	return string(utf16.Decode(units))
}
