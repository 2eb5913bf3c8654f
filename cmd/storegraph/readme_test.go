package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The commands in the documents' blocks for a shell exist, with their flags; so do the settings and the targets of make that they name.
func TestCommandsOfTheReadmes(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	known := func(variable string) bool {
		return slices.ContainsFunc(settings(), func(s *setting) bool { return s.variable == variable }) || regexp.MustCompile(`\b`+variable+`\b`).Match(makefile)
	}
	seen := 0
	for _, file := range documents(t) {
		for _, line := range shellLines(t, file) {
			seen++
			for _, m := range setOne.FindAllStringSubmatch(setBefore.FindString(line), -1) {
				if !strings.HasPrefix(m[2], "$(") && !known(m[1]) {
					t.Errorf("%s: %s: there is no setting %s", file, line, m[1])
				}
			}
			if m := makeTarget.FindStringSubmatch(line); m != nil && !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: %s: there is no target %s", file, line, m[1])
			}
			for _, m := range ourCommand.FindAllStringSubmatch(line, -1) {
				root := newRoot(binder{reading: &reading{}}, io.Discard)
				c, _, err := root.Find(strings.Fields(m[1]))
				if err != nil || c == root {
					t.Errorf("%s: %s: there is no command %q (%v)", file, line, m[1], err)
					continue
				}
				for _, flag := range longFlag.FindAllStringSubmatch(m[1], -1) {
					if flag[1] != "help" && c.Flags().Lookup(flag[1]) == nil {
						t.Errorf("%s: %s: %s has no flag --%s", file, line, c.CommandPath(), flag[1])
					}
				}
			}
		}
	}
	if seen < 30 {
		t.Errorf("%d lines were read, want all", seen)
	}
}

var (
	setBefore  = regexp.MustCompile(`^(?:export )?(?:[A-Z][A-Z0-9_]*=(?:'[^']*'|\S*)\s*)+`)
	setOne     = regexp.MustCompile(`([A-Z][A-Z0-9_]*)=('[^']*'|\S*)`)
	makeTarget = regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*make ([a-z-]+)`)
	ourCommand = regexp.MustCompile(`(?:^|[\s(])(?:bin/)?storegraph +([a-z][^|;&)]*)`)
	longFlag   = regexp.MustCompile(`--([a-z-]+)`)
)

// documents are the files for people.
func documents(t *testing.T) (files []string) {
	t.Helper()
	for _, pattern := range []string{"../../*.md", "../../.github/*.md", "../../*/*.md", "../../cmd/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	return files
}

// shellLines returns the lines of a document's blocks for a shell, without comments.
func shellLines(t *testing.T, file string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	within := false
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			within = line == "```sh"
		case within:
			if line, _, _ = strings.Cut(line, " #"); strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
	}
	return lines
}
