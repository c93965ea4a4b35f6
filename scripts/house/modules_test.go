package main

import "testing"

// TestModulesAreNewEnough holds the table of versions against go.mod.
func TestModulesAreNewEnough(t *testing.T) {
	found, err := checkVersions("../..", "scripts/versions.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f.text)
	}
	rows, err := readTable("../versions.txt")
	if err != nil || len(rows) == 0 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	t.Logf("%d modules have a least version", len(rows))
}
