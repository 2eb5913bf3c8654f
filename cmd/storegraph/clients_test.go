package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The clients that storefronts use work with the schema and the operations of the playground: their code generators and linters, their
// caches, pages, persisted documents and subscriptions.
func TestClients(t *testing.T) {
	t.Parallel()
	dir := installed(t, "clients")
	withContract(t, dir)
	d := newDemo(t)
	env := append(os.Environ(), "BASE_URL="+d.url, "KEY="+d.key)
	tool := func(name string) string { return filepath.Join("node_modules", ".bin", name) }
	must(t, dir, env, "node", "introspect.mjs")
	for name, commands := range map[string][][]string{
		"codegen": {{tool("graphql-codegen"), "--config", "codegen.json"}, {tool("tsc"), "-p", "."}},
		"apollo":  {{"node", "apollo.mjs"}},
		"urql":    {{"node", "urql.mjs"}},
		"eslint":  {{"node", "lint.mjs"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range commands {
				must(t, dir, env, c...)
			}
		})
	}
	t.Run("relay", func(t *testing.T) {
		t.Parallel()
		for _, config := range []string{"relay.json", "relay-persisted.json"} {
			must(t, dir, env, tool("relay-compiler"), config)
		}
		trusted := serveDemo(t, d.db, Config{DocumentsFile: filepath.Join(dir, "documents.json"), DocumentsOnly: true})
		must(t, dir, append(env, "DOCUMENTS_URL="+trusted.url), "node", "relay.mjs")
	})
}

// genqlient generates a client in Go that shops.
func TestGenqlient(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "genqlient"))); err != nil {
		t.Fatal(err)
	}
	withContract(t, dir)
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		if os.Getenv("CI") == "" {
			t.Skipf("genqlient is not tested: %v: %s", err, out)
		}
		t.Fatalf("go mod download: %v: %s", err, out)
	}
	d := newDemo(t)
	env := append(os.Environ(), "BASE_URL="+d.url, "KEY="+d.key, "GOFLAGS=-mod=readonly")
	must(t, dir, env, "go", "generate", ".")
	must(t, dir, env, "go", "run", ".")
}

// withContract copies the schema and the operations of the playground to a directory.
func withContract(t *testing.T, dir string) {
	t.Helper()
	schema, err := os.ReadFile("../../graph/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "schema.graphql"), schema, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "operations"), os.DirFS("../../graph/playground/operations")); err != nil {
		t.Fatal(err)
	}
}

// must runs a command, and fails t if that fails.
func must(t *testing.T, dir string, env []string, command ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", command, err, out)
	}
}
