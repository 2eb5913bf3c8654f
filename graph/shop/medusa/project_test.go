package medusa_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

// The guide leads to all files for a Medusa project, and names the place of each there.
func TestProject(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../../rest/README.md")
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(os.DirFS("project"), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		for _, part := range []string{"graph/shop/medusa/project/" + strings.NewReplacer("[", "%5B", "]", "%5D").Replace(name) + ")", "`" + path.Clean(name) + "`"} {
			if !strings.Contains(string(readme), part) {
				t.Errorf("rest/README.md lacks %s", part)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
