package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// operators has the operators that replace a binary operator.
var operators = map[token.Token][]string{
	token.LSS: {"<=", ">="}, token.LEQ: {"<", ">"}, token.GTR: {">=", "<="}, token.GEQ: {">", "<"},
	token.EQL: {"!="}, token.NEQ: {"=="}, token.LAND: {"||"}, token.LOR: {"&&"},
	token.ADD: {"-"}, token.SUB: {"+"}, token.MUL: {"/"}, token.QUO: {"*"},
}

// methods has the methods that replace a method of an amount.
var methods = map[string][]string{
	"Plus": {"Minus"}, "Minus": {"Plus"}, "Times": {"Over"}, "Over": {"Times"},
	"Add": {"Sub"}, "Sub": {"Add"}, "Mul": {"Div"}, "Div": {"Mul"},
	"LessThan": {"LessThanOrEqual", "GreaterThanOrEqual"}, "LessThanOrEqual": {"LessThan", "GreaterThan"},
	"GreaterThan": {"GreaterThanOrEqual", "LessThanOrEqual"}, "GreaterThanOrEqual": {"GreaterThan", "LessThan"},
}

// A maker makes the mutants of one declaration of a file.
type maker struct {
	fset *token.FileSet
	file *file
	info *types.Info
	decl ast.Node
	out  []mutant
}

// mutations returns the mutants of a file, whether they compile or not.
func mutations(fset *token.FileSet, f *file, info *types.Info) []mutant {
	m := &maker{fset: fset, file: f, info: info}
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			m.walk(d.Body)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && d.Tok == token.VAR {
					for _, value := range v.Values {
						m.walk(value)
					}
				}
			}
		}
	}
	slices.SortStableFunc(m.out, func(a, b mutant) int { return a.start - b.start })
	seen := map[mutant]bool{}
	return slices.DeleteFunc(m.out, func(x mutant) bool {
		again := seen[x]
		seen[x] = true
		return again
	})
}

func (m *maker) walk(decl ast.Node) {
	m.decl = decl
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case ast.Expr:
			m.expression(n)
		case ast.Stmt:
			m.statement(n)
		}
		return true
	})
}

// replace makes mutants in which each of texts replaces n.
func (m *maker) replace(n ast.Node, texts ...string) {
	for _, text := range texts {
		start, end := m.offset(n.Pos()), m.offset(n.End())
		m.out = append(m.out, mutant{m.file, m.decl, start, end, text})
	}
}

// remove makes a mutant without n, an element of a list.
func (m *maker) remove(n ast.Node) {
	start, end := m.offset(n.Pos()), m.offset(n.End())
	for end < len(m.file.src) && (m.file.src[end] == ',' || m.file.src[end] == ' ') {
		end++
	}
	m.out = append(m.out, mutant{m.file, m.decl, start, end, ""})
}

func (m *maker) offset(p token.Pos) int { return m.fset.Position(p).Offset }

func (m *maker) text(n ast.Node) string {
	return string(m.file.src[m.offset(n.Pos()):m.offset(n.End())])
}

func (m *maker) isBool(e ast.Expr) bool {
	t := m.info.TypeOf(e)
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

func (m *maker) expression(e ast.Expr) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		at := m.offset(e.OpPos)
		for _, op := range operators[e.Op] {
			m.out = append(m.out, mutant{m.file, m.decl, at, at + len(e.Op.String()), op})
		}
		if e.Op == token.LAND || e.Op == token.LOR {
			m.replace(e, m.text(e.X), m.text(e.Y))
		}
	case *ast.UnaryExpr:
		if e.Op == token.NOT || e.Op == token.SUB {
			m.replace(e, m.text(e.X))
		}
	case *ast.BasicLit:
		if n, err := strconv.Atoi(e.Value); err == nil && e.Kind == token.INT {
			m.replace(e, strconv.Itoa(n+1), strconv.Itoa(n-1))
		}
	case *ast.Ident:
		switch e.Name {
		case "true":
			m.replace(e, "false")
		case "false":
			m.replace(e, "true")
		}
	case *ast.CallExpr:
		m.call(e)
	case *ast.CompositeLit:
		for _, field := range e.Elts {
			if _, ok := field.(*ast.KeyValueExpr); ok {
				m.remove(field)
			}
		}
	}
}

func (m *maker) call(e *ast.CallExpr) {
	switch f := e.Fun.(type) {
	case *ast.Ident:
		switch f.Name {
		case "lesser":
			m.replace(e, m.text(e.Args[0]), m.text(e.Args[1]))
		case "positive":
			m.replace(e, "!("+m.text(e.Args[0])+").IsNegative()")
		case "append":
			m.replace(e, m.text(e.Args[0]))
		}
	case *ast.SelectorExpr:
		m.replace(f.Sel, methods[f.Sel.Name]...)
		x := m.text(f.X)
		switch f.Sel.Name {
		case "Less":
			y := m.text(e.Args[0])
			m.replace(e, "!"+y+".Less("+x+")", y+".Less("+x+")")
		case "Cmp":
			m.replace(e, "-"+m.text(e))
		case "IsPositive":
			m.replace(e, "!"+x+".IsNegative()")
		case "IsNegative":
			m.replace(e, "!"+x+".IsPositive()")
		case "Abs":
			m.replace(e, x)
		case "Plus", "Minus", "Times", "Over":
			m.replace(e, x)
		}
	}
}

func (m *maker) statement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.IfStmt:
		m.replace(s.Cond, "true", "false")
		m.negate(s.Cond)
	case *ast.ExprStmt:
		m.replace(s, "")
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE {
			m.replace(s, "")
		}
	case *ast.IncDecStmt:
		text := strings.NewReplacer("++", "--", "--", "++").Replace(m.text(s))
		m.replace(s, "", text)
	case *ast.BranchStmt:
		text := map[token.Token]string{token.BREAK: "continue", token.CONTINUE: "break"}[s.Tok]
		m.replace(s, "", text)
	case *ast.ReturnStmt:
		m.returns(s)
	case *ast.CaseClause:
		m.clause(s)
	}
}

// negate makes a mutant in which a condition is negated, unless there is one already.
func (m *maker) negate(e ast.Expr) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if e.Op == token.LAND || e.Op == token.LOR {
			m.replace(e, "!("+m.text(e)+")")
		}
	case *ast.Ident:
		if e.Name != "true" && e.Name != "false" {
			m.replace(e, "!"+e.Name)
		}
	case *ast.UnaryExpr:
	default:
		m.replace(e, "!"+m.text(e))
	}
}

func (m *maker) returns(s *ast.ReturnStmt) {
	if len(s.Results) == 0 {
		m.replace(s, "")
	}
	for _, r := range s.Results {
		if m.isBool(r) {
			m.negate(r)
		}
	}
}

// clause makes mutants of a case: without its body, and for each of its conditions one in which it never holds.
func (m *maker) clause(c *ast.CaseClause) {
	for _, e := range c.List {
		if m.isBool(e) {
			m.replace(e, "false", "true")
		}
	}
	if len(c.Body) > 0 {
		first, last := c.Body[0], c.Body[len(c.Body)-1]
		m.out = append(m.out, mutant{m.file, m.decl, m.offset(first.Pos()), m.offset(last.End()), ""})
	}
}
