package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The commands in the documents exist, with their flags; so do the settings and the targets of make that they name.
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

// shellLines returns the lines of a document's blocks for a shell, without comments, and the commands in its text.
func shellLines(t *testing.T, file string) (lines []string) {
	t.Helper()
	for _, b := range blocksOf(t, file) {
		if b.language != "sh" {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", " ")) {
			if line, _, _ = strings.Cut(line, " #"); strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
	}
	text, err := os.ReadFile(filepath.Join("../..", file))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range inText.FindAllStringSubmatch(fence.ReplaceAllString(string(text), ""), -1) {
		lines = append(lines, m[1])
	}
	return lines
}

// inText matches what a text names as a command.
var inText = regexp.MustCompile("`((?:[A-Z_]+=\\S+ )*(?:make|(?:bin/)?storegraph|source <\\(storegraph) [^`]+)`")

// Each message that the documentation explains is one that the program has.
func TestMessagesOfTheReadme(t *testing.T) {
	t.Parallel()
	texts := literals(t)
	var formats []*regexp.Regexp // that say something by themselves
	for _, text := range texts {
		if said := verb.ReplaceAllString(regexp.QuoteMeta(text), ".*"); len(said) > 25 && strings.Contains(text, "%") {
			formats = append(formats, regexp.MustCompile("^"+said+"$"))
		}
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "| message | what to do |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(table, -1)
	if len(rows) < 10 {
		t.Errorf("%d messages, want all", len(rows))
	}
	for _, row := range rows {
		message := row[1]
		if ours, _, found := strings.Cut(message, "answers: "); found {
			message = ours + "answers: " // TestRefusedByTheDatabase has what PostgreSQL says
		}
		within := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(message), "…", ".*"))
		if !slices.ContainsFunc(texts, within.MatchString) && !slices.ContainsFunc(formats, func(f *regexp.Regexp) bool { return f.MatchString(message) }) {
			t.Errorf("nothing says %s", row[1])
		}
	}
}

var verb = regexp.MustCompile(`%[a-z]`)

// literals are the texts in the program's sources.
func literals(t *testing.T) (texts []string) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".gen.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				text, _ := strconv.Unquote(l.Value)
				texts = append(texts, text)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
