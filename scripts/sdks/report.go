package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// report prints the table, then what is not as it is written down.
func report(w io.Writer, node string, all []*tally, missing, alone []string) (agreed bool) {
	fmt.Fprintf(w, "| package | version | sender | compared | the package also | known differences |\n|---|---|---|---|---|---|\n")
	compared, known := 0, 0
	agreed = len(missing) == 0
	for _, t := range all {
		fmt.Fprintf(w, "| `%s` | %s | %s | %d cases | %s | %s |\n", t.about.Package, t.about.Version, title(t), t.compared, signs(t), reasons(t))
		compared += t.compared
		for _, n := range t.known {
			known += n
		}
		agreed = agreed && len(t.faults) == 0 && len(t.endsAfter) == 0
	}
	fmt.Fprintln(w)
	for _, t := range all {
		for _, fault := range t.faults {
			fmt.Fprintf(w, "FAIL %s: %s\n", t.pack.sdk, fault)
		}
		for _, name := range t.endsAfter {
			fmt.Fprintf(w, "FAIL %s: %s: the package agrees now; take the difference out of packages.go\n", t.pack.sdk, name)
		}
	}
	for _, name := range missing {
		fmt.Fprintf(w, "FAIL %s: devhook knows no such provider\n", name)
	}
	if len(alone) > 0 {
		fmt.Fprintf(w, "note: no package here judges requests of %s\n", strings.Join(alone, ", "))
	}
	packages := map[string]bool{}
	for _, t := range all {
		packages[t.about.Package] = true
	}
	fmt.Fprintf(w, "note: %d packages, %d kinds of signature, %d cases, with Node.js %s; %d known differences\n",
		len(packages), len(all), compared, node, known)
	return agreed
}

func title(t *tally) string {
	if t.pack.kind != "" {
		return t.sender + " " + t.pack.kind
	}
	return t.sender
}

func signs(t *tally) string {
	if t.about.Signs {
		return "signs"
	}
	return ""
}

// reasons lists the cases by their reason, and says which of the two takes more.
func reasons(t *tally) string {
	by := map[string][]string{}
	for name := range t.known {
		reason := "laxer: " + t.pack.differs[name]
		if t.stricter[name] {
			reason = "stricter: " + t.pack.differs[name]
		}
		by[reason] = append(by[reason], name)
	}
	var all []string
	for _, reason := range slices.Sorted(maps.Keys(by)) {
		slices.Sort(by[reason])
		all = append(all, reason+" ("+strings.Join(by[reason], ", ")+")")
	}
	return strings.Join(all, "; ")
}
