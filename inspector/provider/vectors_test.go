package provider_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"devhook/inspector/provider"
	"devhook/inspector/provider/providertest"
)

func TestProviders(t *testing.T) {
	for _, p := range provider.All() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, p)
		})
	}
}

// TestVectors runs the recorded requests kept here, and those beside the checkout where it has them: the payloads of
// official libraries are not ours to copy.
func TestVectors(t *testing.T) {
	ran := 0
	for _, v := range providertest.Vectors(t, "testdata/vectors.jsonl") {
		if !v.Run(t) {
			t.Errorf("no provider %q", v.Provider)
		}
		ran++
	}
	if ran < 125 {
		t.Errorf("%d vectors kept here, want 125 at least", ran)
	}
	dir := os.Getenv("DEVHOOK_SHARED")
	if dir == "" {
		dir = "../../../shared/vectors"
	}
	unknown := map[string]int{}
	for _, name := range []string{"vectors.jsonl", "official.jsonl"} {
		file := filepath.Join(dir, name)
		if _, err := os.Stat(file); err != nil {
			t.Logf("no %s beside the checkout", name)
			continue
		}
		for _, v := range providertest.Vectors(t, file) {
			if !v.Run(t) {
				unknown[v.Provider]++
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		t.Errorf("no provider %q: %d vectors not run", name, unknown[name])
	}
}
