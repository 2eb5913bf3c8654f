package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// The reference's own client shops from registration to order, with a token and with a session cookie.
func TestSDK(t *testing.T) {
	t.Parallel()
	dir := installed(t, "sdk")
	handles, err := filepath.Abs("../../db/dbtest/testdata/handles.json")
	if err != nil {
		t.Fatal(err)
	}
	env := shopEnv(dbtest.ShopURL(t))
	env["TRUSTED_PROXIES"] = "127.0.0.0/8,::1/128"
	p := begin(t, env, "serve")
	base := "http://" + p.await(t, `address=(\S+)`)
	eventually(t, base+"/health/ready", 200)
	for _, mode := range []string{"jwt", "cookies"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "node", "shopper.mjs", mode)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "BASE_URL="+base, "HANDLES="+handles)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

// installed copies scripts to a directory with the packages that they import, each checked by its hash. Outside CI the test is
// skipped if there is no npm or its packages cannot be fetched.
func installed(t *testing.T, scripts string) string {
	t.Helper()
	give := t.Fatalf
	if os.Getenv("CI") == "" {
		give = t.Skipf
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			give("the client is not tested: %v", err)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", scripts))); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		give("the client is not tested: npm ci: %v: %s", err, out)
	}
	return dir
}
