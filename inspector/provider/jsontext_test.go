package provider

import (
	"strings"
	"testing"
)

func TestObjectAt(t *testing.T) {
	text := []byte(` {"a" : 1 , "b":  "x\u00e9" ,"c":{"d" :true }  , "e":[ 1 ,"two", null ] }`)
	whole := objectAt(text, 0)
	for name, want := range map[string]string{"a": "1", "b": "xé", "c": "", "e": ""} {
		s, ok := whole[name]
		if got := wordAt(text, s); !ok || got != want {
			t.Errorf("%s is %q (%t), want %q", name, got, ok, want)
		}
	}
	inner := objectAt(text, whole["c"].from)
	if got := wordAt(text, inner["d"]); got != "true" {
		t.Errorf("c.d is %q", got)
	}
	list := arrayAt(text, whole["e"].from)
	if len(list) != 3 || string(text[list[0].from:list[0].to]) != "1" || wordAt(text, list[1]) != "two" || wordAt(text, list[2]) != "" {
		t.Errorf("e holds %v", list)
	}
}

// TestAmbiguousObjects: of two members with one name another reader may take the other one.
func TestAmbiguousObjects(t *testing.T) {
	for _, text := range []string{"", "null", "[]", "[1]", `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":`, `{"a":1`, `{"a" 1}`, strings.Repeat(`{"a":`, 100_000)} {
		if got := objectAt([]byte(text), 0); got != nil {
			t.Errorf("%.20q holds %v, want nothing", text, got)
		}
	}
}

func TestSetMember(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{}`, `{"sig":"new"}`},
		{` { "a" : [1, 2] }`, ` {"sig":"new", "a" : [1, 2] }`},
		{`{"a":1 , "sig" :  "old" , "b":"ü"}`, `{"a":1 , "sig" :  "new" , "b":"ü"}`},
		{`{"sig":123 ,"b":2}`, `{"sig":"new" ,"b":2}`},
	} {
		if got := string(setMember([]byte(c.text), 0, "sig", quoted("new"))); got != c.want {
			t.Errorf("%s becomes %s, want %s", c.text, got, c.want)
		}
	}
}
