package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// defaultFile is read when it is there and --config names no other.
const defaultFile = "devhook.yaml"

// maxFile bounds the configuration file in bytes.
const maxFile = 1 << 20

// fromFile reads devhook.yaml. It walks the syntax tree instead of decoding
// into a struct so that every fault is found in one go, with its place.
func (l *loader) fromFile(env map[string]value) {
	path, at, named := defaultFile, place{}, false
	if v, ok := env["config"]; ok {
		path, at, named = v.text, v.at, true
	}
	if texts := l.src.Flags["config"]; len(texts) > 0 {
		path, at, named = texts[len(texts)-1], place{kind: flag}, true
	}
	if !named && (l.src.NoFile || !exists(path)) {
		l.addEnv(env)
		return
	}
	if path == "" {
		l.fault(at, "name a file, or leave --config out for ./devhook.yaml", "the path of the configuration is empty")
		l.addEnv(env)
		return
	}
	l.cfg.File = path
	l.opened(path)
	data, err := readLimited(path, maxFile)
	if err != nil {
		l.fault(at, "name a readable file with --config, or leave it out", "the configuration %s can't be read: %v", path, cause(err))
		return
	}
	l.parse(data)
	l.addEnv(env)
}

func (l *loader) opened(path string) {
	if l.src.Opened != nil {
		l.src.Opened(path)
	}
}

func (l *loader) parse(data []byte) {
	tree, err := parser.ParseBytes(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), 0)
	if err != nil {
		at := place{file, l.cfg.File}
		text := "this is no YAML"
		if ye, ok := errors.AsType[yaml.Error](err); ok {
			at, text = l.at(ye.GetToken().Position.Line, ye.GetToken().Position.Column), ye.GetMessage()
		}
		l.fault(at, "see devhook up --help for the keys", "%s", text)
		return
	}
	for i, doc := range tree.Docs {
		if i > 0 {
			l.fault(l.documentAt(doc), "keep one document", "a second YAML document starts here")
			return
		}
		if doc.Body == nil {
			continue
		}
		l.eachKey(doc.Body, l.topKey)
	}
}

// topKey takes one key of the file.
func (l *loader) topKey(key string, node ast.Node, at place) {
	if key == "routes" {
		l.eachItem(node, l.readRoute)
		return
	}
	if key == "providers" {
		l.eachItem(node, l.readSender)
		return
	}
	if key == "tunnels" {
		l.readTunnels(node, at)
		return
	}
	l.readSetting(key, node, at, "routes", "providers", "tunnels")
}

// readSetting takes a key that is a word of the settings; known are those that stand beside them.
func (l *loader) readSetting(key string, node ast.Node, at place, known ...string) {
	for _, s := range settings() {
		if s.file == "" {
			continue
		}
		if s.file == key {
			l.given[s.word] = l.scalars(node, s.many)
			return
		}
		known = append(known, s.file)
	}
	if key == "verify" {
		l.fault(at, "write routes: with path, provider and secret", "the file has no key verify")
		return
	}
	l.fault(at, didYouMean(key, known), "unknown key %s", key)
}

func (l *loader) readRoute(node ast.Node) {
	r := fileRoute{at: l.nodeAt(node)}
	l.eachKey(node, func(key string, node ast.Node, at place) {
		switch key {
		case "path":
			r.path, _ = l.scalar(node)
		case "provider":
			r.provider, _ = l.scalar(node)
		case "secret":
			r.secrets = append(r.secrets, l.scalars(node, true)...)
		case "event":
			r.events = append(r.events, l.scalars(node, true)...)
		case "local":
			if v, ok := l.scalar(node); ok {
				r.local = &v
			}
		case "reject_invalid":
			if v, ok := l.scalar(node); ok {
				r.reject = &v
			}
		case "hold":
			r.hold = l.readHold(node)
		default:
			l.fault(at, didYouMean(key, []string{"path", "provider", "secret", "event", "local", "reject_invalid", "hold"}), "unknown key %s", key)
		}
	})
	l.routes = append(l.routes, r)
}

// eachKey walks a mapping. Flags are written with dashes, keys with
// underscores; both are taken.
func (l *loader) eachKey(node ast.Node, visit func(key string, value ast.Node, at place)) {
	mapping, ok := node.(ast.MapNode)
	if !ok {
		l.fault(l.nodeAt(node), "write key: value", "here keys are wanted")
		return
	}
	for it := mapping.MapRange(); it.Next(); {
		key := strings.ReplaceAll(it.Key().GetToken().Value, "-", "_")
		visit(key, it.Value(), l.nodeAt(it.Key()))
	}
}

func (l *loader) eachItem(node ast.Node, visit func(ast.Node)) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		l.fault(l.nodeAt(node), "start each entry with a dash", "here a list is wanted")
		return
	}
	for _, item := range list.Values {
		visit(item)
	}
}

// scalar reads a plain value as the text a flag would have.
func (l *loader) scalar(node ast.Node) (value, bool) {
	at := l.nodeAt(node)
	switch n := node.(type) {
	case *ast.StringNode:
		return value{n.Value, at}, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return value{node.GetToken().Value, at}, true
	case *ast.LiteralNode:
		return value{n.Value.Value, at}, true
	case *ast.NullNode:
		l.fault(at, "write a value or remove the key", "this key has no value")
		return value{}, false
	case ast.MapNode:
		if text, ok := unparted(n); ok {
			return value{text, at}, true
		}
		l.fault(at, "write one plain value; anchors and aliases aren't read", "here one plain value is wanted")
	default:
		l.fault(at, "write one plain value; anchors and aliases aren't read", "here one plain value is wanted")
	}
	return value{}, false
}

// unparted puts together what the parser takes for a key and its value although no space is between them, as env:NAME in
// {secret: [env:NAME]}: to YAML that is one plain value (1.2.2, 7.3.3).
func unparted(node ast.MapNode) (string, bool) {
	it := node.MapRange()
	if !it.Next() {
		return "", false
	}
	key, isText := it.Key().(*ast.StringNode)
	if !isText || key.Token.Type != token.StringType {
		return "", false
	}
	var rest string
	switch v := it.Value().(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		rest = v.GetToken().Value
	case ast.MapNode:
		var ok bool
		if rest, ok = unparted(v); !ok {
			return "", false
		}
	default:
		return "", false
	}
	from, to := key.Token.Position, it.Value().GetToken().Position
	whole := !it.Next() && from.Line == to.Line && to.Column == from.Column+utf8.RuneCountInString(key.Value)+1
	return key.Value + ":" + rest, whole
}

// scalars reads a plain value, or where there may be many a list of them.
func (l *loader) scalars(node ast.Node, many bool) (all []value) {
	take := func(n ast.Node) {
		if v, ok := l.scalar(n); ok {
			all = append(all, v)
		}
	}
	if _, list := node.(*ast.SequenceNode); list && many {
		l.eachItem(node, take)
	} else {
		take(node)
	}
	return all
}

// documentAt is where a document's first value stands, or of an empty one the line that begins it.
func (l *loader) documentAt(doc *ast.DocumentNode) place {
	switch {
	case doc.Body != nil:
		return l.nodeAt(doc.Body)
	case doc.Start != nil && doc.Start.Position != nil:
		return l.at(doc.Start.Position.Line, doc.Start.Position.Column)
	}
	return place{file, l.cfg.File}
}

func (l *loader) nodeAt(node ast.Node) place {
	if tk := node.GetToken(); tk != nil && tk.Position != nil {
		return l.at(tk.Position.Line, tk.Position.Column)
	}
	return place{file, l.cfg.File}
}

func (l *loader) at(line, column int) place {
	return place{file, fmt.Sprintf("%s:%d:%d", l.cfg.File, line, column)}
}
