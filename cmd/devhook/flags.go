package main

import (
	"errors"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"devhook/cmd/devhook/config"
)

// settingFlags are the flags of a command that are settings too, and so can
// come from the environment and the file. Their values are kept as written:
// the config package checks them all at once, wherever they came from.
type settingFlags struct {
	set    *pflag.FlagSet
	values map[string]*setting
}

func newSettingFlags(set *pflag.FlagSet) *settingFlags {
	return &settingFlags{set: set, values: map[string]*setting{}}
}

// text adds a flag with a value; kind is what --help calls the value.
func (f *settingFlags) text(word, kind, help string) {
	s := &setting{kind: kind}
	f.values[word] = s
	f.set.Var(s, word, help)
}

// yes adds a flag that needs no value.
func (f *settingFlags) yes(word, help string) {
	s := &setting{kind: "bool"}
	f.values[word] = s
	f.set.VarPF(s, word, "", help).NoOptDefVal = "true"
}

// hold adds the one flag whose value may be left out.
func (f *settingFlags) hold() {
	s := &setting{kind: "bool"}
	f.values["hold"] = s
	f.set.VarPF(s, "hold", "", "answer senders at once with `[STATUS]` (200), and deliver in order when\nthe app is there").NoOptDefVal = "true"
}

// joinHold makes "--hold 202" one word, which a flag that needs no value would not take. No app is at such a port.
func joinHold(args []string) []string {
	var all []string
	for n := 0; n < len(args); n++ {
		word := args[n]
		if word == "--" {
			return append(all, args[n:]...)
		}
		if word == "--hold" && n+1 < len(args) && heldStatus.MatchString(args[n+1]) {
			n++
			word += "=" + args[n]
		}
		all = append(all, word)
	}
	return all
}

var heldStatus = regexp.MustCompile(`^(2[0-9][0-9]|off)$`)

// given returns the flags that were written, with their values in order.
func (f *settingFlags) given() map[string][]string {
	all := map[string][]string{}
	for word, s := range f.values {
		if len(s.texts) > 0 {
			all[word] = s.texts
		}
	}
	return all
}

// setting is a pflag.Value that takes anything, any number of times.
type setting struct {
	kind  string
	texts []string
}

func (s *setting) Set(text string) error { s.texts = append(s.texts, text); return nil }
func (s *setting) String() string        { return strings.Join(s.texts, " ") }
func (s *setting) Type() string          { return s.kind }

// storage adds the flags of every command that opens the database.
func (f *settingFlags) storage() {
	f.text("db", "PATH", "database (default $XDG_STATE_HOME/devhook/devhook.db)")
	f.text("config", "FILE", "configuration (default ./devhook.yaml if there is one)")
}

// app adds the flags that say how the app is called.
func (f *settingFlags) app() {
	f.text("host-header", "VALUE", "Host line sent to the app instead of the recorded one; local: the app's own")
	f.yes("insecure", "skip certificate checks of an https app")
	f.text("timeout", "D", "how long the app may take, 0 for ever (default 60s)")
}

const verifyHelp = "PROVIDER[@PATH][=SECRET], repeatable: who calls which path, with which secret\n(env:NAME, file:PATH or keyring:NAME); replaces the routes of the file"

// flagFault is pflag's error in devhook's words. What was glued to a flag is
// not repeated: it may be a secret.
func flagFault(cmd *cobra.Command, err error) error {
	see := "see " + cmd.CommandPath() + " --help"
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return unknownFlag(cmd, unknown.GetSpecifiedName(), see)
	}
	if bare, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usage(see, "--%s wants a value", bare.GetFlag().Name)
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return usage(see, "--%s takes no %q", bad.GetFlag().Name, bad.GetValue())
	}
	return usage(see, "%v", err)
}

func unknownFlag(cmd *cobra.Command, name, hint string) error {
	if len(name) < 2 {
		return usage(hint, "unknown flag: -%s", name)
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if near := config.Closest(name, known); near != "" {
		hint = "did you mean --" + near + "?"
	}
	return usage(hint, "unknown flag: --%s", name)
}
