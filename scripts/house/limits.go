package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

const (
	fileLines     = 400 // a longer file holds more than one subject
	functionLines = 60  // a longer function does not fit a screen
)

// checkGo parses one Go file and applies the limits and the barred words. Generated files are nobody's prose and
// are left alone; test files may be long, with a warning.
func checkGo(rel string, text []byte) ([]finding, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, rel, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if ast.IsGenerated(f) {
		return nil, nil
	}
	found := checkLength(rel, text)
	if !isTest(rel) {
		found = append(found, checkFunctions(fset, f)...)
	}
	return append(found, checkWords(fset, f, rel)...), nil
}

func checkLength(rel string, text []byte) []finding {
	lines := bytes.Count(text, []byte("\n"))
	if lines <= fileLines {
		return nil
	}
	return []finding{{at: rel, warn: isTest(rel), text: fmt.Sprintf("%d lines, %d are the limit", lines, fileLines)}}
}

// checkFunctions measures every function, literals inside it included, from its first line to its last.
func checkFunctions(fset *token.FileSet, f *ast.File) []finding {
	var found []finding
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		from, to := fset.Position(fn.Pos()), fset.Position(fn.End())
		if n := to.Line - from.Line + 1; n > functionLines {
			found = append(found, finding{
				at:   fmt.Sprintf("%s:%d", from.Filename, from.Line),
				text: fmt.Sprintf("%s has %d lines, %d are the limit", fn.Name.Name, n, functionLines),
			})
		}
	}
	return found
}

// isTest tells tests and the packages that help them (storetest, tunneltest, …) from the product.
func isTest(rel string) bool {
	if strings.HasSuffix(rel, "_test.go") {
		return true
	}
	dir := rel[:strings.LastIndexByte(rel, '/')+1]
	return strings.HasSuffix(dir, "test/")
}
