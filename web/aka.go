package web

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// aka is what a value says in other words: a Unix time as a date, or what a signed token claims of itself. "" for most.
func (p presenter) aka(key, value string) string {
	if said := moment(key, value); said != "" {
		return said
	}
	return token(value)
}

// moment reads a Unix time out of a field that is called like one.
func moment(key, value string) string {
	key = strings.ToLower(key)
	if !strings.Contains(key, "time") && !strings.Contains(key, "date") && !strings.HasPrefix(key, "created") && !strings.HasSuffix(key, "_at") {
		return ""
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return ""
	}
	if len(value) == 13 {
		n /= 1000
	}
	if n < 1e9 || n > 5e9 {
		return ""
	}
	return time.Unix(n, 0).Format("2006-01-02 15:04:05")
}

// tokenMost is how long a token may be to be looked into.
const tokenMost = 16 << 10

// token reads the head of a JSON Web Token, and when it ends. Nothing is checked: it is not known who signed it.
func token(value string) string {
	if !strings.HasPrefix(value, "ey") || len(value) > tokenMost || strings.Count(value, ".") != 2 {
		return ""
	}
	parts := strings.Split(value, ".")
	var head struct {
		Algorithm string `json:"alg"`
	}
	var claims struct {
		Expires json.Number `json:"exp"`
	}
	if !claimed(parts[0], &head) || head.Algorithm == "" {
		return ""
	}
	said := "signed token, " + label(cut(head.Algorithm, 20))
	if claimed(parts[1], &claims) {
		if until := moment("time", claims.Expires.String()); until != "" {
			said += ", until " + until
		}
	}
	return said
}

func claimed(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}
