package export

import (
	"errors"
	"strings"
	"testing"
)

func TestVeilLiftsToTheSameBytes(t *testing.T) {
	m := NewMask(nil, []string{"pin"})
	for _, c := range []struct {
		kind, body string
		hides      int
	}{
		{"application/x-www-form-urlencoded", "a=1&secret=s%20one&secret=two&b=%zz", 2},
		{"application/json", `{"pin": 1234, "password" : "p\"w", "deep": {"token": ["x", "y"]}, "n": 1}`, 4},
		{"application/json", `{"pin": "cut off`, 1},
		{"text/plain", "nothing to hide here", 0},
		{"application/json", `{"pin":"one","say":"•••• and •••••"}`, 1},
	} {
		v := m.VeilBody(c.kind, c.body)
		if v.Hides() != c.hides {
			t.Errorf("%q hides %d, want %d: %q", c.body, v.Hides(), c.hides, v.Text)
		}
		for _, real := range []string{"s%20one", "1234", `p\"w`, `"x"`} {
			if strings.Contains(v.Text, real) {
				t.Errorf("%q shows %q", v.Text, real)
			}
		}
		if got, err := v.Lift(v.Text); err != nil || got != c.body {
			t.Errorf("lifted to %q (%v), want %q", got, err, c.body)
		}
	}
}

func TestVeilTarget(t *testing.T) {
	v := NewMask(nil, nil).VeilTarget("http://me:pw@h/a?b=1&token=t1&token=t2")
	if strings.Contains(v.Text, "t1") || strings.Contains(v.Text, "pw") || v.Hides() != 3 {
		t.Errorf("shown is %q", v.Text)
	}
	got, err := v.Lift(strings.Replace(v.Text, "b=1", "b=2", 1))
	if want := "http://me:pw@h/a?b=2&token=t1&token=t2"; err != nil || got != want {
		t.Errorf("lifted to %q (%v), want %q", got, err, want)
	}
}

// TestVeilUnderAnEdit: signs keep their values wherever they go; a changed one is an error.
func TestVeilUnderAnEdit(t *testing.T) {
	v := NewMask(nil, nil).VeilBody("application/json", `{"token":"one","secret":"••••2••••","a":1}`)
	first, second := v.signs[0], v.signs[1]
	got, err := v.Lift(`{"a":2,"secret":` + second + `,"again":` + first + `}`)
	if want := `{"a":2,"secret":"••••2••••","again":"one"}`; err != nil || got != want {
		t.Errorf("lifted to %q (%v), want %q", got, err, want)
	}
	for _, bad := range []string{strings.Replace(v.Text, first, first[:len(first)-2]+`x"`, 1), strings.ReplaceAll(v.Text, "1", "7"), strings.ReplaceAll(v.Text, `"`, "")} {
		if got, err := v.Lift(bad); !errors.Is(err, ErrSign) {
			t.Errorf("%q was lifted to %q (%v)", bad, got, err)
		}
	}
	if got, err := (*Mask)(nil).VeilBody("", "•••• is no sign here").Lift("••••"); err != nil || got != "••••" {
		t.Errorf("without a mask: %q, %v", got, err)
	}
}
