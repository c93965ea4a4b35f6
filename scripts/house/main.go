// Command house holds the rules of this repository that no public linter knows: how long files and functions may
// grow, which words may not stand in the product's code, which scripts must be executable, and how old the modules
// and the Go toolchain may be. It prints one line a fault, `path:line: what is wrong`, and exits 1 if there was any.
// Warnings begin with "warning:" and change nothing.
//
//	go run ./scripts/house            all rules, from the top folder
//	go run ./scripts/house -versions FILE    another table of minimum versions
//
// It reads files only; scripts/check runs it among the other gates.
package main

import (
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	table := flag.String("versions", "scripts/versions.txt", "table of minimum versions")
	flag.Parse()
	faults, err := run(os.Stdout, ".", *table)
	if err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		os.Exit(2)
	}
	if faults > 0 {
		fmt.Printf("%d faults\n", faults)
		os.Exit(1)
	}
}

// A finding is one broken rule, or a warning.
type finding struct {
	at   string // path, or path:line
	text string
	warn bool
}

// run applies every rule to the tree at root and returns how many faults it printed.
func run(w io.Writer, root, table string) (int, error) {
	findings, err := checkTree(root)
	if err != nil {
		return 0, err
	}
	old, err := checkVersions(root, table)
	if err != nil {
		return 0, err
	}
	faults := 0
	for _, f := range append(findings, old...) {
		if f.warn {
			fmt.Fprintf(w, "warning: %s: %s\n", f.at, f.text)
			continue
		}
		faults++
		fmt.Fprintf(w, "%s: %s\n", f.at, f.text)
	}
	return faults, nil
}

// checkTree walks the tree once and hands each file to the rules that concern it.
func checkTree(root string) ([]finding, error) {
	var all []finding
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if skipped(rel) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		found, err := checkFile(root, rel)
		all = append(all, found...)
		return err
	})
	return all, err
}

// skipped says which folders hold nothing that we wrote for the product: dot folders but .ci, and test data.
func skipped(rel string) bool {
	base := rel[strings.LastIndexByte(rel, '/')+1:]
	return rel != "." && rel != ".ci" && (base[0] == '.' || base == "testdata" || base == "node_modules")
}

func checkFile(root, rel string) ([]finding, error) {
	script := strings.HasPrefix(rel, "scripts/") || strings.HasPrefix(rel, ".ci/")
	ext := filepath.Ext(rel)
	if !script && ext != ".go" && ext != ".templ" {
		return nil, nil
	}
	name := filepath.Join(root, filepath.FromSlash(rel))
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var found []finding
	if script {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		found = checkMode(rel, text, info.Mode())
	}
	switch ext {
	case ".go":
		goFound, err := checkGo(rel, text)
		return append(found, goFound...), err
	case ".templ":
		found = append(found, checkTempl(rel, text)...)
		return append(found, checkLength(rel, text)...), nil
	case "":
		return append(found, checkLength(rel, text)...), nil
	}
	return found, nil
}

// checkMode wants the executable bit on every script: a file that starts with #!.
func checkMode(rel string, text []byte, mode fs.FileMode) []finding {
	if strings.HasPrefix(string(text), "#!") && mode&0o111 == 0 {
		return []finding{{at: rel, text: "starts with #! but is not executable (chmod +x)"}}
	}
	return nil
}
