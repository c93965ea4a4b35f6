package provider

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// keyGuesses are what the secret was meant to be, the secret as it is first.
func (k *signature) keyGuesses(secret string) (all []guess[[]byte]) {
	seen := map[string]bool{}
	add := func(text string, key []byte, advice string) {
		if len(bytes.TrimSpace(key)) > 0 && !seen[string(key)] {
			seen[string(key)] = true
			all = append(all, guess[[]byte]{text, key, advice})
		}
	}
	use := func(text, secret, advice string) {
		if key, err := k.key.bytes(secret); err == nil {
			add(text, key, advice)
		}
	}
	use("", secret, "")
	if len(all) == 0 { // it is no key as it stands
		all, seen[""] = append(all, guess[[]byte]{}), true
	}
	trimmed := strings.TrimSpace(secret)
	use("without the line break at its end", strings.TrimRight(secret, "\r\n"), "take it out of the secret's value")
	use("without the white space around it", trimmed, "take it out of the secret's value")
	use("with a line break at its end", secret+"\n", "the sender's secret was made from a file that ends so")
	use("without the quotation marks around it", strings.Trim(trimmed, "\"'"), "take them out of the secret's value")
	use("without the byte order mark in front of it", strings.TrimPrefix(trimmed, "\ufeff"), "take it out of the secret's value")
	for _, prefix := range prefixes(k.key.prefix) {
		rest, begins := strings.CutPrefix(trimmed, prefix)
		switch {
		case begins && k.key.coded == nil:
			if b, err := asBase64.decode(rest); err == nil {
				add("decoded from base64 behind "+prefix, b, "that is how senders of Standard Webhooks sign")
			}
			use("without "+prefix+" in front of it", rest, "")
		case begins:
			use("without "+prefix+" in front of it", rest, "")
			add("taken as text, with "+prefix+", and not as base64", []byte(trimmed), "")
			add("taken as text behind "+prefix+", and not as base64", []byte(rest), "")
		default:
			use("with "+prefix+" in front of it", prefix+trimmed, "")
		}
	}
	use("encoded as base64", base64.StdEncoding.EncodeToString([]byte(trimmed)), "configure it so")
	use("encoded as hex", hex.EncodeToString([]byte(trimmed)), "configure it so")
	if k.key.coded != nil {
		add("taken as text, and not as "+k.key.coded.name(), []byte(trimmed), "")
	}
	if b, err := asBase64.decode(trimmed); err == nil {
		add("decoded from base64", b, "configure it decoded")
	}
	if b, err := hex.DecodeString(trimmed); err == nil {
		add("decoded from hex", b, "configure it decoded")
	}
	use("with its URL encoding undone", unescape(trimmed), "configure it so")
	return all
}

// prefixes are what secrets begin with, the sender's own first.
func prefixes(own string) []string {
	all := []string{"whsec_", "whpk_"}
	if own != "" && own != all[0] {
		all = append([]string{own}, all...)
	}
	return all
}
