package provider

import (
	"encoding/base64"
	"slices"
	"strings"
)

// formField is a field of a form body.
func formField(name string) carrier {
	return carrier{
		name: name,
		read: func(q *Request) (all []sent) {
			for k, v := range q.form() {
				if k == name {
					all = append(all, sent{where: "the " + name + " field", value: v})
				}
			}
			return all
		},
		set: func(q *Request, value string) { q.setField(name, value) },
		can: (*Request).isForm,
	}
}

// basicPassword is the password of one fixed user in HTTP Basic authentication (RFC 7617).
func basicPassword(user string) carrier {
	return carrier{
		name: "Authorization",
		read: func(q *Request) (all []sent) {
			for v := range q.values("Authorization") {
				all = append(all, readBasic(v, user))
			}
			return all
		},
		set: func(q *Request, value string) {
			q.setHeader("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+value)))
		},
		can: func(*Request) bool { return true },
	}
}

// readBasic repeats nothing of the value in a fault: people put the secret into any part of it.
func readBasic(value, user string) sent {
	scheme, rest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return sent{fault: "Authorization is " + schemeName(scheme) + ", wants Basic with user " + user}
	}
	name, password, ok := basic(rest)
	switch {
	case !ok:
		return sent{fault: "Authorization is Basic, but not base64 of user:password"}
	case name != user:
		return sent{fault: "the Basic user is not " + user}
	}
	return sent{where: "the Basic password", value: password}
}

// basic takes the credentials of a Basic header apart.
func basic(credentials string) (user, password string, ok bool) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(credentials))
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(b), ":")
}

// schemeName repeats only well-known words: without a scheme the first word may be the secret itself.
func schemeName(word string) string {
	known := []string{"Bearer", "Digest", "Token", "Negotiate", "ApiKey", "HMAC", "Signature"}
	if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, word) }); i >= 0 {
		return known[i]
	}
	return "not Basic"
}
