package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// unscripted are failures that no script can bring about, each with the reason.
var unscripted = map[string]string{
	"the disk is full, the database %s can't be opened":              "TestFullDisk fills one",
	"another program holds the database %s":                          "SQLite waits for it longer than a test should",
	"%s is not a devhook relay":                                      "tunnel's tests have a server that is none",
	"the inspector ended: %s":                                        "a listener that breaks by itself",
	"%s ended: %s":                                                   "the same",
	"no public address on %s: %s":                                    "what is left when the system says something new",
	"the sample app can't start: %s":                                 "loopback has no free port",
	"the sample webhook got no answer: %s":                           "the sample app and the relay are in the same process",
	"the host key can't be written to %s: %s":                        "the folder vanishes in between",
	"what is registered can't be written down: %s":                   "the disk is full",
	"no secret can be kept: %s":                                      "the same",
	"%s speaks another version of devhook's protocol":                "tunnel's tests have a relay that does",
	"%s has left its queue in this moment, so it was not sent again": "inspector's TestReplayHeldAtOnce brings that moment about",
	"%s does not answer":                                             "a firewall that swallows what is sent",
	"%s does not answer%s":                                           "the same",
	"the host of %s has no address: %s":                              "doctor's tests look names up",
	"the database %s can't be made in %s: %s":                        "root may write everywhere",
}

// TestFailuresAreScripted: each sentence that a command fails with stands in a script or another test of this package, so
// that none is only believed.
func TestFailuresAreScripted(t *testing.T) {
	plain := strings.NewReplacer(`\`, "", "''", "'", `"`, "", "can.t", "can't", "isn.t", "isn't", "doesn.t", "doesn't")
	tests := plain.Replace(string(scripts(t, "*_test.go")))
	verbs := regexp.MustCompile(`%[+#]?[a-z]`)
	for sentence, place := range failures(t) {
		if unscripted[sentence] != "" {
			continue
		}
		for _, part := range verbs.Split(sentence, -1) {
			if part = strings.TrimSpace(plain.Replace(part)); !strings.Contains(tests, part) {
				t.Errorf("%s: no script has %q", place, sentence)
				break
			}
		}
	}
}

// TestCommandsAreScripted: each command has scripts in which it fails, and in which it is asked for JSON.
func TestCommandsAreScripted(t *testing.T) {
	all := scripts(t)
	for _, cmd := range newRoot(&cli{term: newTerm(new(bytes.Buffer), new(bytes.Buffer), nil)}).Commands() {
		for what, form := range map[string]string{
			"success":   `(?m)^(exec|start \S+) devhook NAME\b`,
			"a failure": `(?m)^(fails|told) .*devhook NAME\b`,
			"--json":    `(?m)^(exec|start \S+|fails|told) .*devhook NAME\b.* --json\b`,
		} {
			if cmd.Hidden || cmd.Name() == "mcp" && what == "success" { // MCP's scripts have a client that starts it
				continue
			}
			if !regexp.MustCompile(strings.ReplaceAll(form, "NAME", cmd.Name())).Match(all) {
				t.Errorf("no script has %s of devhook %s", what, cmd.Name())
			}
		}
	}
}

// scripts are all of testdata, and files of this package that fit.
func scripts(t *testing.T, more ...string) (all []byte) {
	for _, pattern := range append(more, "testdata/*.txtar", "testdata/*/*.txtar") {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if name == "scripted_test.go" {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, text...)
		}
	}
	return all
}

// failures are the sentences given to usage and failed, with where one is.
func failures(t *testing.T) map[string]token.Position {
	found, set := map[string]token.Position{}, token.NewFileSet()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			at, ok := map[string]int{"usage": 1, "failed": 2}[nameOf(call.Fun)]
			if !ok || len(call.Args) <= at {
				return true
			}
			if text, ok := call.Args[at].(*ast.BasicLit); ok && text.Kind == token.STRING {
				sentence, _ := strconv.Unquote(text.Value)
				found[sentence] = set.Position(call.Pos())
			}
			return true
		})
	}
	if len(found) < 100 {
		t.Fatalf("only %d failures were found", len(found))
	}
	return found
}

func nameOf(e ast.Expr) string {
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
