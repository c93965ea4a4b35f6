package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// where says in which files a word is barred.
type where int

const (
	everywhere where = iota // tests too
	product                 // all but tests
	library                 // the product less package main: libraries return, only cmd prints and exits
	notMain                 // the product less a program's main.go
)

// barred holds the selectors that may not be used, and what to do instead.
var barred = map[string]struct {
	where   where
	instead string
}{
	"templ.Raw":                 {everywhere, "captured text must stay inert"},
	"ssh.InsecureIgnoreHostKey": {product, "pin the host key"},
	"time.Sleep":                {product, "wait for an event, or for a timer beside ctx.Done()"},
	"http.DefaultClient":        {product, "it follows redirects and repeats some requests"},
	"http.DefaultTransport":     {product, "it repeats some requests"},
	"http.Get":                  {product, "it uses http.DefaultClient"},
	"http.Head":                 {product, "it uses http.DefaultClient"},
	"http.Post":                 {product, "it uses http.DefaultClient"},
	"http.PostForm":             {product, "it uses http.DefaultClient"},
	"log.Fatal":                 {library, "return the error"},
	"log.Fatalf":                {library, "return the error"},
	"log.Fatalln":               {library, "return the error"},
	"fmt.Print":                 {library, "libraries don't print"},
	"fmt.Printf":                {library, "libraries don't print"},
	"fmt.Println":               {library, "libraries don't print"},
	"os.Exit":                   {notMain, "return the exit code to main.go"},
	"t.Skip":                    {everywhere, "a missing part is a failure"},
	"t.Skipf":                   {everywhere, "a missing part is a failure"},
	"t.SkipNow":                 {everywhere, "a missing part is a failure"},
}

// checkWords looks for barred selectors, for init functions, and for messages that say "failed to".
func checkWords(fset *token.FileSet, f *ast.File, rel string) []finding {
	var found []finding
	add := func(n ast.Node, format string, args ...any) {
		found = append(found, finding{
			at:   fmt.Sprintf("%s:%d", rel, fset.Position(n.Pos()).Line),
			text: fmt.Sprintf(format, args...),
		})
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			pkg, ok := n.X.(*ast.Ident)
			if !ok {
				break
			}
			word := pkg.Name + "." + n.Sel.Name
			if rule, ok := barred[word]; ok && applies(rule.where, f, rel) {
				add(n, "%s is barred here: %s", word, rule.instead)
			}
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil && !isTest(rel) {
				add(n, "func init is barred: nothing registers itself")
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING && !isTest(rel) && saysFailedTo(n.Value) {
				add(n, `"failed to" is barred: name the package, the verb, the object and the cause`)
			}
		}
		return true
	})
	return found
}

// saysFailedTo is spelled so that this file does not find itself.
func saysFailedTo(literal string) bool {
	text, err := strconv.Unquote(literal)
	return err == nil && strings.Contains(strings.ToLower(text), "failed"+" to ")
}

func applies(w where, f *ast.File, rel string) bool {
	switch w {
	case product:
		return !isTest(rel)
	case library:
		return !isTest(rel) && f.Name.Name != "main"
	case notMain:
		program := f.Name.Name == "main" && (strings.HasPrefix(rel, "scripts/") || rel == "cmd/devhook/main.go")
		return !isTest(rel) && !(program && strings.HasSuffix(rel, "main.go"))
	}
	return true
}

// checkTempl looks for the barred word in the templates themselves, where the line can be named.
func checkTempl(rel string, text []byte) []finding {
	var found []finding
	for i, line := range bytes.Split(text, []byte("\n")) {
		if bytes.Contains(line, []byte("templ.Raw")) {
			found = append(found, finding{at: fmt.Sprintf("%s:%d", rel, i+1), text: "templ.Raw is barred: captured text must stay inert"})
		}
	}
	return found
}
