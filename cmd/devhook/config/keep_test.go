package config

import (
	"testing"
	"time"
)

func TestKeep(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		yaml, age, size string
		keep            time.Duration
		bytes           int64
	}{
		{"", "", "", 30 * day, 2_000_000_000},
		{"keep: 7d\nkeep_size: 500MB\n", "", "", 7 * day, 500_000_000},
		{"keep: 7d\n", "36h", "1.5GiB", 36 * time.Hour, 3 << 29},
		{"", "off", "off", 0, 0},
		{"keep: 0\nkeep_size: 0\n", "", "", 0, 0},
		{"", "1h30m", "10 kib", 90 * time.Minute, 10 << 10},
	} {
		given := map[string][]string{}
		if c.age != "" {
			given = flags("keep", c.age, "keep-size", c.size)
		}
		got, err := load(t, c.yaml, Sources{Flags: given})
		if err != nil || got.Keep != c.keep || got.KeepSize != c.bytes {
			t.Errorf("%+v: %v, %+v", c, err, got)
		}
	}
}

func TestKeepFaults(t *testing.T) {
	for _, text := range []string{"", "d", "-1d", "1.5d", "30", "soon", "-2h", "99999d"} {
		_, err := load(t, "", Sources{Flags: flags("keep", text)})
		if want := `"` + text + `" is no age to keep requests for`; faults(err) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "GB", "-1GB", "2000000", "2XB", "0.1B", "1e300GB", "NaNGB"} {
		_, err := load(t, "", Sources{Flags: flags("keep-size", text)})
		if want := `"` + text + `" is no size to keep the database below`; faults(err) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	_, err := load(t, "local: 3000\nkeep: 1x\n", Sources{})
	if want := `devhook.yaml:2:7: "1x" is no age to keep requests for`; faults(err) != want {
		t.Errorf("%v", err)
	}
}
