package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A minimum is one line of the table: `module version why…`. The module "go" is the toolchain. A version of
// "=PARENT" wants exactly the version that the module PARENT asks for itself.
type minimum struct{ module, version, why string }

// checkVersions compares the modules that are built into our programs and tests with the table. A module that is
// not used is no fault: its line waits for the day it comes.
func checkVersions(root, table string) ([]finding, error) {
	rows, err := readTable(filepath.Join(root, table))
	if err != nil {
		return nil, err
	}
	used, err := usedModules(root)
	if err != nil {
		return nil, err
	}
	var found []finding
	for _, row := range rows {
		got, ok := used[row.module]
		if !ok {
			continue
		}
		want, exact := row.version, false
		if parent, ok := strings.CutPrefix(row.version, "="); ok {
			if want, err = askedBy(root, parent, row.module); err != nil {
				return nil, err
			}
			exact = true
		}
		if text := judge(row, got, want, exact); text != "" {
			found = append(found, finding{at: table, text: text})
		}
	}
	return found, nil
}

// judge says what is wrong with version got of a module, or "".
func judge(row minimum, got, want string, exact bool) string {
	switch {
	case exact && got != want:
		return fmt.Sprintf("%s is %s, must be exactly %s: %s", row.module, got, want, row.why)
	case !exact && older(got, want):
		return fmt.Sprintf("%s is %s, must be at least %s: %s", row.module, got, want, row.why)
	}
	return ""
}

func readTable(name string) ([]minimum, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var rows []minimum
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		if len(fields) < 3 {
			return nil, fmt.Errorf("%s:%d: want: module version why", name, n)
		}
		rows = append(rows, minimum{fields[0], fields[1], strings.Join(fields[2:], " ")})
	}
	return rows, lines.Err()
}

// usedModules lists the modules whose packages we build, for any of the three systems, and "go" for the toolchain.
func usedModules(root string) (map[string]string, error) {
	used := map[string]string{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		out, err := goCommand(root, system, "list", "-e", "-deps", "-test", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", "./...")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(out) {
			if module, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok && version != "" {
				used[module] = version
			}
		}
	}
	version, err := goCommand(root, "", "env", "GOVERSION")
	used["go"] = "v" + strings.TrimPrefix(strings.TrimSpace(version), "go")
	return used, err
}

// askedBy reads which version of a module its parent's own go.mod requires.
func askedBy(root, parent, module string) (string, error) {
	file, err := goCommand(root, "", "list", "-m", "-f", "{{.GoMod}}", parent)
	if err != nil {
		return "", err
	}
	text, err := goCommand(root, "", "mod", "edit", "-json", strings.TrimSpace(file))
	if err != nil {
		return "", err
	}
	var mod struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal([]byte(text), &mod); err != nil {
		return "", err
	}
	for _, r := range mod.Require {
		if r.Path == module {
			return r.Version, nil
		}
	}
	return "", fmt.Errorf("%s does not require %s", parent, module)
}

func goCommand(root, system string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if system != "" {
		cmd.Env = append(cmd.Env, "GOOS="+system)
	}
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}

// older compares two versions vMAJOR.MINOR.PATCH number by number; what follows a hyphen or a space (a prerelease,
// a distribution's mark) makes a version older than the same one without.
func older(a, b string) bool {
	an, apre := numbers(a)
	bn, bpre := numbers(b)
	for i := range an {
		if an[i] != bn[i] {
			return an[i] < bn[i]
		}
	}
	return apre && !bpre
}

func numbers(v string) (n [3]int, prerelease bool) {
	v, _, prerelease = strings.Cut(strings.TrimPrefix(v, "v"), "-")
	for i, part := range strings.SplitN(v, ".", 3) {
		digits := len(part) - len(strings.TrimLeft(part, "0123456789"))
		n[i], _ = strconv.Atoi(part[:digits])
		prerelease = prerelease || digits < len(part) && !strings.HasPrefix(part[digits:], "+")
	}
	return n, prerelease
}
