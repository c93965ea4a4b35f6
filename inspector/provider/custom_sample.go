package provider

import (
	"encoding/json"
	"net/url"
	"strings"
)

// sample is a request that tells an event and an id in the places that are defined, the first of each.
func (d Definition) sample() sample {
	s := sample{path: "/webhook"}
	tree, form, query := map[string]any{"hello": "from " + d.Name}, url.Values{}, url.Values{}
	put := func(places, value string) (told string) {
		first, _, _ := strings.Cut(strings.TrimSpace(places), " ")
		kind, name, _ := strings.Cut(first, ":")
		switch kind {
		case "json":
			if d.inForm() || !grow(tree, strings.Split(name, "."), value) {
				return ""
			}
		case "header":
			s.headers = append(s.headers, name+": "+value)
		case "form":
			form.Set(name, value)
		case "query":
			query.Set(name, value)
		default:
			return ""
		}
		return value
	}
	s.event, s.id = put(d.Event, "sample"), put(d.ID, "sample-1")
	if len(query) > 0 {
		s.path += "?" + query.Encode()
	}
	if d.inForm() {
		form.Set("hello", "from "+d.Name)
		s.headers = append(s.headers, "Content-Type: "+formType)
		s.body = form.Encode()
		return s
	}
	b, _ := json.Marshal(tree) // maps of text: no error is possible
	s.body = string(b)
	return s
}

// inForm says that something is told or proven by a form.
func (d Definition) inForm() bool {
	return strings.HasPrefix(d.Event, "form:") || strings.HasPrefix(d.ID, "form:") || d.Token != nil && d.Token.Form != ""
}

// grow puts a value at a path of members into a tree. A number would be the index of a list, which no sample has.
func grow(tree map[string]any, path []string, value string) bool {
	for n, step := range path {
		if step == "" || strings.Trim(step, "0123456789") == "" {
			return false
		}
		if n == len(path)-1 {
			tree[step] = value
			return true
		}
		next, ok := tree[step].(map[string]any)
		if !ok {
			next = map[string]any{}
			tree[step] = next
		}
		tree = next
	}
	return false
}
