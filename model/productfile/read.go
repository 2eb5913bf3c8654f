package productfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Cell is a text at a place of a file. Its text is not empty.
type Cell struct {
	Text         string
	Line, Column int32 // the column from 0
}

// A File is what is to be known of a file of products to read it product by product: it keeps no texts, but for the names of what products are
// grouped by.
type File struct {
	Products, Rows int // Rows with variants or without

	columns  []column
	groups   [numberOfKinds][]string // the different names of collections, types, tags and categories
	seed     maphash.Seed
	products map[uint64]uint32 // numbers of products, by the hashes of their ids and handles
	last     map[uint32]uint32 // the last lines of products whose rows are not next to each other
	sum      uint64            // of the whole file
}

// hash returns the hash of a text that is of something. Of a million texts, two have the same once in 30 million files.
func (f *File) hash(of, text string) uint64 {
	var h maphash.Hash
	h.SetSeed(f.seed)
	_, _ = h.WriteString(of)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(text)
	return h.Sum64()
}

// A Product is a product of a file: all its rows.
type Product struct {
	Line     int
	Variants []*Variant

	cells []Cell // in the order of the columns
}

// A Variant is a row of a file.
type Variant struct {
	Line int

	cells []Cell
}

// find returns the cell of a column.
func find(cells []Cell, column int32) (Cell, bool) {
	at, ok := slices.BinarySearchFunc(cells, column, func(c Cell, n int32) int { return int(c.Column - n) })
	if !ok {
		return Cell{}, false
	}
	return cells[at], true
}

// Scan reads a file to its end: its texts are trimmed, and fields stand between commas, semicolons or bars. What is wrong by itself, whatever
// the shop has, is added to the faults, but for what rows of one product say differently; what it returns then serves to find more of them.
func Scan(r io.Reader, faults *Faults) (*File, error) {
	f := &File{seed: maphash.MakeSeed(), products: map[uint64]uint32{}, last: map[uint32]uint32{}}
	c, sum := f.csv(r)
	names, err := c.Read()
	switch {
	case errors.Is(err, io.EOF):
		faults.add(Fault{Line: 1, Message: "the file is empty"})
		return f, nil
	case err != nil:
		return f, malformed(err, faults)
	}
	f.columns = header(names, faults)
	s := scanner{file: f, faults: faults, unique: map[uint64]uint32{}, grouped: map[uint64]bool{}}
	err = records(c, s.row)
	f.sum = sum.Sum64()
	return f, malformed(err, faults)
}

// csv returns a reader of the records of a file, and a hash of what it reads.
func (f *File) csv(r io.Reader) (*csv.Reader, *maphash.Hash) {
	sum := &maphash.Hash{}
	sum.SetSeed(f.seed)
	in := bufio.NewReaderSize(io.TeeReader(r, sum), 1<<16)
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	c := csv.NewReader(in)
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = separator(in), -1, true
	return c, sum
}

// records calls row with the records that are left, and with their lines, until it fails.
func records(c *csv.Reader, row func(line int, record []string) error) error {
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := c.FieldPos(0)
		if err := row(line, record); err != nil {
			return err
		}
	}
}

// Each reads a file that was scanned once more, and calls fn with its products, some at a time and at most n. A product is whole when its last row
// is read, so that only those are kept whose rows are far from each other. What rows of one product say differently is added to the faults, and so
// is that the file is not the same any more.
func (f *File) Each(r io.Reader, faults *Faults, n int, fn func(some []*Product) error) error {
	if f.columns == nil {
		return nil
	}
	c, sum := f.csv(r)
	if _, err := c.Read(); err != nil {
		return malformed(err, faults)
	}
	g := gatherer{file: f, faults: faults, most: n, fn: fn, open: map[uint32]*Product{}}
	err := records(c, g.row)
	if _, ok := errors.AsType[*csv.ParseError](err); err != nil && !ok {
		return err
	}
	if err == nil && sum.Sum64() != f.sum { // where it is no CSV, it is not read to its end
		faults.add(Fault{Line: 1, Message: "the file was changed while it was read"})
		return nil
	}
	return g.end()
}

// separator returns what stands between the names of the header, as Medusa finds out.
func separator(in *bufio.Reader) rune {
	head, _ := in.Peek(1 << 15)
	if end := bytes.IndexByte(head, '\n'); end >= 0 {
		head = head[:end]
	}
	for _, s := range ",;|" {
		if bytes.ContainsRune(head, s) {
			return s
		}
	}
	return ','
}

// malformed adds the fault of a file that is no CSV. After it nothing can be read. Other errors are returned, and no error is none.
func malformed(err error, faults *Faults) error {
	wrong, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	faults.add(Fault{Line: wrong.Line, Message: "it cannot be read as CSV: " + wrong.Err.Error()})
	return nil
}

// uniqueColumns hold texts that no other variant may have.
var uniqueColumns = []string{"variant id", "variant sku", "variant barcode", "variant ean", "variant upc"}

// A scanner finds faults of rows, and which rows are of which products.
type scanner struct {
	file    *File
	faults  *Faults
	unique  map[uint64]uint32 // the lines of texts that no other row may have, by their hashes
	grouped map[uint64]bool
	current uint32 // the product of the row before; 0: none
}

// cells returns the cells of a record that are not empty; false if there are too many.
func (f *File) cells(faults *Faults, line int, record []string) ([]Cell, bool) {
	cells := make([]Cell, 0, len(record))
	for i, s := range record {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		cell := Cell{s, int32(line), int32(i)}
		switch {
		case i >= len(f.columns):
			faults.add(Fault{line, i + 1, "", "the header has no such column"})
			return nil, false
		case !utf8.ValidString(s) || strings.Contains(s, "\x00"):
			f.fault(faults, cell, "it is not a text in UTF-8")
		default:
			cells = append(cells, cell)
		}
	}
	return cells, len(cells) > 0
}

func (s *scanner) row(line int, record []string) error {
	cells, ok := s.file.cells(s.faults, line, record)
	if !ok {
		return nil
	}
	s.file.Rows++
	p := s.product(line, s.file.keys(cells))
	if p == 0 {
		return nil
	}
	if _, far := s.file.last[p]; far || p != s.current {
		s.file.last[p] = uint32(line)
	}
	s.current = p
	for _, cell := range cells {
		switch c := &s.file.columns[cell.Column]; c.kind { //nolint:exhaustive // the others stand alone
		case kindCollection, kindType, kindTag, kindCategory:
			if h := s.file.hash(strconv.Itoa(int(c.kind)), strings.ToLower(cell.Text)); !s.grouped[h] {
				s.grouped[h] = true
				s.file.groups[c.kind] = append(s.file.groups[c.kind], strings.Clone(cell.Text))
			}
		case kindVariant:
			s.single(c, cell)
		}
	}
	return nil
}

// keys returns the hashes of the id and the handle of the product that cells are of.
func (f *File) keys(cells []Cell) []uint64 {
	var keys []uint64
	for _, cell := range cells {
		switch name := strings.ToLower(f.columns[cell.Column].name); name {
		case "product id", "product handle":
			keys = append(keys, f.hash(name, cell.Text))
		}
	}
	return keys
}

// number returns the number of the product with some of these keys; 0 if there is none, and false if there are several.
func (f *File) number(keys []uint64) (n uint32, one bool) {
	for _, k := range keys {
		switch have := f.products[k]; {
		case n == 0:
			n = have
		case have != 0 && have != n:
			return 0, false
		}
	}
	return n, true
}

// product returns the number of the product that a row belongs to; 0 if there is none.
func (s *scanner) product(line int, keys []uint64) uint32 {
	if len(keys) == 0 {
		s.faults.add(Fault{Line: line, Message: "it has neither Product Id nor Product Handle"})
		return 0
	}
	p, one := s.file.number(keys)
	if !one {
		s.faults.add(Fault{Line: line, Message: "its Product Id and its Product Handle are those of different products of the file"})
		return 0
	}
	if p == 0 {
		s.file.Products++
		p = uint32(s.file.Products)
		s.current = p
	}
	for _, k := range keys {
		s.file.products[k] = p
	}
	return p
}

// single finds texts that another row has though it may not.
func (s *scanner) single(c *column, cell Cell) {
	name := strings.ToLower(c.name)
	if !slices.Contains(uniqueColumns, name) {
		return
	}
	h := s.file.hash(name, cell.Text)
	if line := s.unique[h]; line > 0 {
		s.file.fault(s.faults, cell, "line "+itoa(int(line))+" has the same")
		return
	}
	s.unique[h] = uint32(cell.Line)
}

// A gatherer puts the rows of products together.
type gatherer struct {
	file    *File
	faults  *Faults
	most    int
	fn      func([]*Product) error
	open    map[uint32]*Product
	current uint32
	whole   []*Product
	rows    int // of the whole ones
}

func (g *gatherer) row(line int, record []string) error {
	cells, ok := g.file.cells(&Faults{}, line, record) // the scan has told what is wrong
	if !ok {
		return nil
	}
	n, one := g.file.number(g.file.keys(cells))
	if n == 0 || !one {
		return nil
	}
	if err := g.close(n, line); err != nil {
		return err
	}
	p := g.open[n]
	if p == nil {
		p = &Product{Line: line}
		g.open[n] = p
	}
	g.current = n
	v := &Variant{Line: line}
	for _, cell := range cells {
		switch g.file.columns[cell.Column].kind {
		case kindIgnored, numberOfKinds:
		case kindProduct, kindCollection, kindType, kindProfile, kindCategory, kindImage, kindTag, kindChannel, kindProductText:
			g.ofProduct(p, cell)
		case kindVariant, kindOption, kindPrice, kindVariantImage, kindStock, kindVariantText:
			cell.Text = strings.Clone(cell.Text) // not the whole row
			v.cells = append(v.cells, cell)
		}
	}
	if len(v.cells) > 0 {
		p.Variants = append(p.Variants, v)
	}
	return nil
}

// close notes that the product of the row before is whole, if this row is of another one and no row of it comes any more.
func (g *gatherer) close(n uint32, line int) error {
	p := g.open[g.current]
	if p == nil || n == g.current || g.file.last[g.current] >= uint32(line) {
		return nil
	}
	delete(g.open, g.current)
	g.whole = append(g.whole, p)
	g.rows += len(p.Variants)
	if len(g.whole) < g.most && g.rows < 10*g.most {
		return nil
	}
	return g.flush()
}

func (g *gatherer) flush() error {
	some := g.whole
	g.whole, g.rows = nil, 0
	if len(some) == 0 {
		return nil
	}
	return g.fn(some)
}

// end hands on what is left.
func (g *gatherer) end() error {
	for _, n := range slices.Sorted(maps.Keys(g.open)) {
		g.whole = append(g.whole, g.open[n])
		if len(g.whole) >= g.most {
			if err := g.flush(); err != nil {
				return err
			}
		}
	}
	return g.flush()
}

// ofProduct notes what a row says of its product, unless another row has said so.
func (g *gatherer) ofProduct(p *Product, cell Cell) {
	at, have := slices.BinarySearchFunc(p.cells, cell.Column, func(c Cell, n int32) int { return int(c.Column - n) })
	switch {
	case !have:
		cell.Text = strings.Clone(cell.Text)
		p.cells = slices.Insert(p.cells, at, cell)
	case p.cells[at].Text != cell.Text:
		g.file.fault(g.faults, cell, "line "+itoa(int(p.cells[at].Line))+" says something else of the same product")
	}
}

// fault adds a fault of a cell.
func (f *File) fault(faults *Faults, cell Cell, message string) {
	faults.add(Fault{int(cell.Line), int(cell.Column) + 1, f.columns[cell.Column].name, message})
}

func itoa(n int) string { return strconv.Itoa(n) }
