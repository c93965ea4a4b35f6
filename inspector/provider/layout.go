package provider

import (
	"strings"
)

// A layout is how signatures, and often the moment of signing, stand in a header's value. read gives a fault in words
// that follow the header's name.
type layout interface {
	read(value string) (sigs []string, time, fault string)
	write(sig, time string) string
}

// alone is one signature behind a fixed prefix.
type alone struct{ prefix string }

func (l alone) read(value string) ([]string, string, string) {
	sig, ok := strings.CutPrefix(value, l.prefix)
	switch {
	case !ok:
		return nil, "", "does not begin with " + l.prefix
	case sig == "":
		return nil, "", "is empty"
	}
	return []string{sig}, "", ""
}

func (l alone) write(sig, _ string) string { return l.prefix + sig }

// listed is several signatures, each behind the prefix: during a change of secrets there is one of each. What has
// another prefix is of another version, and passed over.
type listed struct{ separator, prefix string }

func (l listed) read(value string) (sigs []string, time, fault string) {
	for one := range strings.SplitSeq(value, l.separator) {
		if sig, ok := strings.CutPrefix(strings.TrimSpace(one), l.prefix); ok && sig != "" {
			sigs = append(sigs, sig)
		}
	}
	if len(sigs) == 0 {
		return nil, "", "holds no signature behind " + or(l.prefix, "its commas")
	}
	return sigs, "", ""
}

func (l listed) write(sig, _ string) string { return l.prefix + sig }

// pairs is name=value, with the moment and any number of signatures among them: t=…,v1=…,v1=….
type pairs struct {
	time, sig string
	separator string // default ","; white space around it may be missing
}

func (l pairs) read(value string) (sigs []string, time, fault string) {
	for one := range strings.SplitSeq(value, or(strings.TrimSpace(l.separator), ",")) {
		name, v, _ := strings.Cut(strings.TrimSpace(one), "=")
		switch {
		case name == l.time && time == "":
			time = v
		case name == l.sig && v != "":
			sigs = append(sigs, v)
		}
	}
	switch {
	case time == "":
		return nil, "", "has no " + l.time + "="
	case len(sigs) == 0:
		return nil, time, "has no " + l.sig + "="
	}
	return sigs, time, ""
}

func (l pairs) write(sig, time string) string {
	return l.time + "=" + time + or(l.separator, ",") + l.sig + "=" + sig
}

// led is the moment, and behind it any number of signatures: MOMENT,SIGNATURE,SIGNATURE.
type led struct{}

func (led) read(value string) (sigs []string, time, fault string) {
	time, rest, _ := strings.Cut(value, ",")
	for sig := range strings.SplitSeq(rest, ",") {
		if sig = strings.TrimSpace(sig); sig != "" {
			sigs = append(sigs, sig)
		}
	}
	if len(sigs) == 0 {
		return nil, time, "has no signature behind a comma"
	}
	return sigs, time, ""
}

func (led) write(sig, time string) string { return time + "," + sig }
