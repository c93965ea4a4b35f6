package provider

import (
	"encoding/base64"
	"strings"
)

// inHeader is the scheme of senders that put a token into a header of its own.
func inHeader(name, title, header string) sharedSecret {
	return sharedSecret{
		name: name, absent: "no " + header + " header: " + title + " sends one if its webhook has a token",
		expected: "in the header " + header, carriers: []carrier{headerValue(header)},
	}
}

// headerValue is a header that holds the secret and nothing else.
func headerValue(name string) carrier {
	return carrier{
		name: name,
		read: func(q *Request) (all []sent) {
			for v := range q.values(name) {
				all = append(all, sent{where: "the " + name + " header", value: v})
			}
			return all
		},
		set: func(q *Request, value string) { q.setHeader(name, value) },
		can: func(*Request) bool { return true },
	}
}

// inBasic is the scheme of senders that log in with whatever user and password stand in the webhook's address or settings.
// The secret is both: USER:PASSWORD.
func inBasic(name, title string) sharedSecret {
	return sharedSecret{
		name: name, absent: "no Authorization header: " + title + " sends one if its webhook has a user and a password",
		expected: "as USER:PASSWORD of HTTP Basic authentication", user: "devhook:", carriers: []carrier{basicPair()},
	}
}

// basicPair is user and password of HTTP Basic authentication (RFC 7617), with the colon between them.
func basicPair() carrier {
	return carrier{
		name: "Authorization",
		read: func(q *Request) (all []sent) {
			for v := range q.values("Authorization") {
				all = append(all, readPair(v))
			}
			return all
		},
		set: func(q *Request, value string) {
			q.setHeader("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(value)))
		},
		can: func(*Request) bool { return true },
	}
}

func readPair(value string) sent {
	scheme, rest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return sent{fault: "Authorization is " + schemeName(scheme) + ", wants Basic"}
	}
	pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	if err != nil {
		return sent{fault: "Authorization is Basic, but not base64 of user:password"}
	}
	return sent{where: "Basic authentication", value: string(pair)}
}
