// Mutate tests the tests of the code that calculates money. It makes mutants of a package, each with one change, such as another
// comparison or a minus for a plus, runs the package's tests with each of them, and lists the mutants that no test fails with.
//
// All mutants of a package are compiled into one test binary, whose environment says which one is active: a function begins with a
// switch to its own mutants. The changed files are an overlay of the build, so that no file of the tree changes.
//
//	go run ./cmd/mutate [package directory ...]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// patience is how long the tests of a mutant may take. A mutant that takes longer counts as noticed, since it would run forever.
const patience = 15 * time.Second

func main() {
	dirs := os.Args[1:]
	if len(dirs) == 0 {
		dirs = []string{"model/price", "model/promo", "model/tax", "model/total"}
	}
	if err := run(context.Background(), dirs, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dirs []string, out io.Writer) error {
	for _, dir := range dirs {
		p, err := load(ctx, dir)
		if err != nil {
			return err
		}
		tmp, err := os.MkdirTemp("", "mutate")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		if err := p.build(ctx, tmp); err != nil {
			return err
		}
		if killed, err := p.kills(ctx, tmp, 0); killed || err != nil {
			return errors.Join(err, fmt.Errorf("the tests of %s fail without a mutant", dir))
		}
		killed := 0
		for n, m := range p.mutants {
			dead, err := p.kills(ctx, tmp, n+1)
			if err != nil {
				return err
			}
			if dead {
				killed++
				continue
			}
			fmt.Fprintln(out, m.diff())
		}
		fmt.Fprintf(out, "%s: %d mutants, %d killed, %d survive\n\n", dir, len(p.mutants), killed, len(p.mutants)-killed)
	}
	return nil
}

// A pkg is a package and its mutants.
type pkg struct {
	dir, name string
	fset      *token.FileSet
	files     []*file
	imports   types.Importer
	flags     []string // of its test binary
	mutants   []mutant
}

type file struct {
	path string
	src  []byte
	ast  *ast.File
}

// A mutant is an edit of a declaration: of a function's body, or of a variable's value.
type mutant struct {
	file       *file
	decl       ast.Node // *ast.BlockStmt or ast.Expr
	start, end int
	text       string
}

// diff shows the lines that the mutant changes.
func (m mutant) diff() string {
	from := bytes.LastIndexByte(m.file.src[:m.start], '\n') + 1
	to := len(m.file.src)
	if i := bytes.IndexByte(m.file.src[m.end:], '\n'); i >= 0 {
		to = m.end + i
	}
	src := string(m.file.src)
	line := strings.Count(src[:m.start], "\n") + 1
	return fmt.Sprintf("%s:%d\n%s\n%s", m.file.path, line, marked("-", src[from:to]), marked("+", src[from:m.start]+m.text+src[m.end:to]))
}

func marked(sign, lines string) string {
	return "\t" + sign + strings.ReplaceAll(lines, "\n", "\n\t"+sign)
}

// load reads the package and makes those mutants that compile.
func load(ctx context.Context, dir string) (*pkg, error) {
	p := &pkg{dir: dir, fset: token.NewFileSet(), flags: []string{"-test.failfast"}}
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(path, "_test.go") {
			if bytes.Contains(src, []byte(`"pgregory.net/rapid"`)) && len(p.flags) == 1 {
				p.flags = append(p.flags, "-rapid.checks=50", "-rapid.seed=1", "-rapid.nofailfile", "-rapid.shrinktime=0s")
			}
			continue
		}
		tree, err := parser.ParseFile(p.fset, path, src, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		p.name = tree.Name.Name
		p.files = append(p.files, &file{path, src, tree})
	}
	if len(p.files) == 0 {
		return nil, fmt.Errorf("no Go files in %s", dir)
	}
	if p.imports, err = exported(ctx, p.fset, dir); err != nil {
		return nil, err
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	trees := make([]*ast.File, len(p.files))
	for i, f := range p.files {
		trees[i] = f.ast
	}
	if _, err := p.check(trees, info); err != nil {
		return nil, err
	}
	for _, f := range p.files {
		made := mutations(p.fset, f, info)
		for _, m := range made {
			if p.compiles(m) {
				p.mutants = append(p.mutants, m)
			}
		}
	}
	return p, nil
}

// exported reads the export data of the packages that a package imports from the build cache.
func exported(ctx context.Context, fset *token.FileSet, dir string) (types.Importer, error) {
	list, err := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", "./"+dir).Output()
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	at := map[string]string{}
	for l := range strings.Lines(string(list)) {
		path, export, _ := strings.Cut(strings.TrimSpace(l), "\t")
		at[path] = export
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(at[path]) }), nil
}

func (p *pkg) check(trees []*ast.File, info *types.Info) (*types.Package, error) {
	c := types.Config{Importer: p.imports}
	return c.Check(p.dir, p.fset, trees, info)
}

func (p *pkg) compiles(m mutant) bool {
	var trees []*ast.File
	for _, f := range p.files {
		tree := f.ast
		if f == m.file {
			var err error
			if tree, err = parser.ParseFile(token.NewFileSet(), f.path, splice(f.src, m.start, m.end, m.text), parser.SkipObjectResolution); err != nil {
				return false
			}
		}
		trees = append(trees, tree)
	}
	_, err := p.check(trees, nil)
	return err == nil
}

func splice(src []byte, start, end int, text string) []byte {
	return slices.Concat(src[:start], []byte(text), src[end:])
}

// build compiles the tests of the package together with all of its mutants.
func (p *pkg) build(ctx context.Context, tmp string) error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	replace := map[string]string{}
	write := func(name string, src []byte) error {
		path := filepath.Join(tmp, name)
		replace[filepath.Join(root, p.dir, name)] = path
		return os.WriteFile(path, src, 0o600)
	}
	for _, f := range p.files {
		if err := write(filepath.Base(f.path), p.mutated(f)); err != nil {
			return err
		}
	}
	if err := write("mutant_number.go", []byte(fmt.Sprintf(chooser, p.name))); err != nil {
		return err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	at := filepath.Join(tmp, "overlay.json")
	if err := os.WriteFile(at, overlay, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", at, "-o", filepath.Join(tmp, "test"), "./"+p.dir)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the mutants of %s: %w\n%s", p.dir, err, said)
	}
	return nil
}

// chooser returns the file that says which mutant is active.
const chooser = `package %s

import (
	"os"
	"strconv"
)

var mutantNumber = func() int { n, _ := strconv.Atoi(os.Getenv("MUTANT")); return n }()

func mutantValue[T any](n int, mutant, value T) T {
	if n == mutantNumber {
		return mutant
	}
	return value
}
`

// mutated returns the source of a file with all of its mutants.
func (p *pkg) mutated(f *file) []byte {
	var decls []ast.Node
	of := map[ast.Node][]int{}
	for n, m := range p.mutants {
		if m.file != f {
			continue
		}
		if of[m.decl] == nil {
			decls = append(decls, m.decl)
		}
		of[m.decl] = append(of[m.decl], n)
	}
	slices.SortFunc(decls, func(a, b ast.Node) int { return int(b.Pos() - a.Pos()) }) // from the end, so that positions stay valid
	src := f.src
	for _, d := range decls {
		start, end := p.offsets(d)
		whole := f.src[start:end]
		var text strings.Builder
		_, isBody := d.(*ast.BlockStmt)
		if isBody {
			text.WriteString("{\nswitch mutantNumber {\n")
		}
		for _, n := range of[d] {
			m := p.mutants[n]
			copied := splice(whole, m.start-start, m.end-start, m.text)
			if isBody {
				fmt.Fprintf(&text, "case %d:\n%s\n%s\n", n+1, copied, p.returns(d))
			} else {
				fmt.Fprintf(&text, "mutantValue(%d, %s, ", n+1, copied)
			}
		}
		if isBody {
			fmt.Fprintf(&text, "}\n%s\n}", whole)
		} else {
			text.Write(whole)
			text.WriteString(strings.Repeat(")", len(of[d])))
		}
		src = splice(src, start, end, text.String())
	}
	return src
}

// returns returns the return statement that a mutant of a body may need; empty for a function without results.
func (p *pkg) returns(body ast.Node) string {
	for _, f := range p.files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body == body && fn.Type.Results == nil {
				return "return"
			}
		}
	}
	return ""
}

func (p *pkg) offsets(n ast.Node) (start, end int) {
	return p.fset.Position(n.Pos()).Offset, p.fset.Position(n.End()).Offset
}

// kills reports whether the tests fail with mutant n.
func (p *pkg) kills(ctx context.Context, tmp string, n int) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(tmp, "test"), p.flags...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "MUTANT="+strconv.Itoa(n))
	err := cmd.Run()
	var failed *exec.ExitError
	if err == nil || errors.As(err, &failed) {
		return err != nil, nil
	}
	return false, err
}
