package config

import "strings"

// setVisitors reads who may call the public ports. A value is user:password, as HTTP's Basic scheme has it: the user
// holds no colon, and neither holds a control character (RFC 7617).
func (l *loader) setVisitors(values []value) {
	who := holder{name: "callers", variable: "VISITORS", flag: "--visitor-auth env:VISITORS", needed: true}
	for _, v := range values {
		for _, s := range l.secrets(who, v) {
			user, password, ok := strings.Cut(s.Value, ":")
			switch {
			case !ok || user == "" || password == "":
				l.fault(v.at, "put user:password into it", "%s is not user:password", secretName(s))
			case strings.IndexFunc(s.Value, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0:
				l.fault(v.at, "put one user:password into it; several references are written with commas", "%s holds more than one line, or a control character", secretName(s))
			default:
				l.server.Visitors = append(l.server.Visitors, s)
			}
		}
	}
}

// secretName is a reference for a fault. A file may have any name; a variable's may be the secret in the wrong place.
func secretName(s Secret) string {
	if kind, name, _ := strings.Cut(s.Ref, ":"); kind == "env" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return "the variable for callers"
	}
	return s.Ref
}
