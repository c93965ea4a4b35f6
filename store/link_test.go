package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"devhook/store"
	"devhook/store/storetest"
)

// TestLinkedFile: a database may be reached by a link; its log lies beside the file itself.
func TestLinkedFile(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "real", "devhook.db"), filepath.Join(dir, "link.db")
	c := added(t, storetest.OpenAt(t, file), 1)
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	db := storetest.OpenAt(t, link)
	if n, err := db.Count(t.Context(), store.Filter{}); err != nil || n != 1 {
		t.Errorf("%d captures through the link, %v", n, err)
	}
	delivered(t, db, storetest.Delivery(c.ID))
}
