package config

import (
	"net/url"
	"slices"
	"strings"
)

// Register says with which sender up registers its address.
type Register struct {
	Provider   string // one of Sources.Registers
	Credential Secret
	API        string // base address of the sender's API, "" for its own
	Project    string // Telerivet: the project's ID, "" where the account has one only
}

func (l *loader) setRegister(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	if !slices.Contains(l.src.Registers, v.text) {
		l.fault(v.at, didYouMean(v.text, l.src.Registers), "devhook can't register with %q", v.text)
		return
	}
	l.cfg.Register = &Register{Provider: v.text}
	if len(l.given["credential"]) == 0 {
		l.fault(v.at, "write "+credentialOf("--credential", v.text).usage(v.at), "to register with %s wants a credential for its API", v.text)
	}
}

func (l *loader) setCredential(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	if l.cfg.Register == nil {
		if len(l.given["register"]) == 0 {
			l.fault(v.at, "write --register PROVIDER too", "a credential says nothing without --register")
		}
		return
	}
	if s, ok := l.secret(credentialOf("--credential", l.cfg.Register.Provider), v); ok {
		l.cfg.Register.Credential = s
	}
}

func (l *loader) setAPI(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	u, err := url.Parse(v.text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		l.fault(v.at, "write it whole, and without a password: https://api.example.com", "the API's address is none")
	case u.Scheme != "http" && u.Scheme != "https":
		l.fault(v.at, "write it whole: https://api.example.com", "the API's address is neither http nor https")
	case l.cfg.Register != nil:
		l.cfg.Register.API = v.text
	case len(l.given["register"]) == 0:
		l.fault(v.at, "write --register PROVIDER too", "an API's address says nothing without --register")
	}
}

func (l *loader) setProject(values []value) {
	v, ok := one(values)
	switch {
	case !ok:
	case strings.TrimSpace(v.text) == "":
		l.fault(v.at, "write the ID that the sender's own pages have for it", "the project has no ID")
	case l.cfg.Register != nil:
		l.cfg.Register.Project = v.text
	case len(l.given["register"]) == 0:
		l.fault(v.at, "write --register PROVIDER too", "a project says nothing without --register")
	}
}

// credentialOf is whose credential a reference is, for the words of a fault.
func credentialOf(flag, provider string) holder {
	who := senderHolder(provider, "/")
	who.name, who.needed = provider+"'s API", true
	who.variable = strings.TrimSuffix(who.variable, "_SECRET") + "_CREDENTIAL"
	who.flag, who.key = flag+" env:"+who.variable, "credential: env:"+who.variable
	return who
}
