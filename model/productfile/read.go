package productfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
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

// A File is the products of a file.
type File struct {
	Products []*Product
	Rows     int // with variants or without

	columns []column
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

// Read reads a file: its texts are trimmed, and fields stand between commas, semicolons or bars. What is wrong by itself, whatever the
// shop has, is added to the faults; what it returns then serves to find more of them.
func Read(r io.Reader, faults *Faults) (*File, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	c := csv.NewReader(in)
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = separator(in), -1, true
	names, err := c.Read()
	switch {
	case errors.Is(err, io.EOF):
		faults.add(Fault{Line: 1, Message: "the file is empty"})
		return &File{}, nil
	case err != nil:
		return &File{}, malformed(err, faults)
	}
	f := &File{columns: header(names, faults)}
	rows := reader{file: f, faults: faults, products: map[string]*Product{}, unique: map[string]map[string]int{}}
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return f, malformed(err, faults)
		}
		line, _ := c.FieldPos(0)
		rows.row(line, record)
	}
	return f, nil
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

// malformed adds the fault of a file that is no CSV. After it nothing can be read. Other errors are returned.
func malformed(err error, faults *Faults) error {
	wrong, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	faults.add(Fault{Line: wrong.Line, Message: "it cannot be read as CSV: " + wrong.Err.Error()})
	return nil
}

type reader struct {
	file     *File
	faults   *Faults
	products map[string]*Product       // by "id …" and "handle …"
	unique   map[string]map[string]int // by column, the lines of the texts that no other row may have
}

// uniqueColumns hold texts that no other variant may have.
var uniqueColumns = []string{"variant id", "variant sku", "variant barcode", "variant ean", "variant upc"}

func (r *reader) row(line int, record []string) {
	cells := make([]Cell, 0, len(record))
	for i, s := range record {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		cell := Cell{s, int32(line), int32(i)}
		switch {
		case i >= len(r.file.columns):
			r.faults.add(Fault{line, i + 1, "", "the header has no such column"})
			return
		case !utf8.ValidString(s) || strings.Contains(s, "\x00"):
			r.fault(cell, "it is not a text in UTF-8")
		default:
			cells = append(cells, cell)
		}
	}
	if len(cells) == 0 {
		return
	}
	r.file.Rows++
	p := r.product(line, cells)
	if p == nil {
		return
	}
	v := &Variant{Line: line}
	for _, cell := range cells {
		c := &r.file.columns[cell.Column]
		switch c.kind {
		case kindIgnored:
		case kindProduct, kindCollection, kindType, kindProfile, kindCategory, kindImage, kindTag, kindChannel, kindProductText:
			r.ofProduct(p, cell)
		case kindVariant, kindOption, kindPrice, kindVariantImage, kindStock, kindVariantText:
			r.single(c, cell)
			cell.Text = strings.Clone(cell.Text) // not the whole row
			v.cells = append(v.cells, cell)
		}
	}
	if len(v.cells) > 0 {
		p.Variants = append(p.Variants, v)
	}
}

// product returns the product that a row belongs to.
func (r *reader) product(line int, cells []Cell) *Product {
	var keys []string
	for _, cell := range cells {
		switch strings.ToLower(r.file.columns[cell.Column].name) {
		case "product id":
			keys = append(keys, "id "+cell.Text)
		case "product handle":
			keys = append(keys, "handle "+cell.Text)
		}
	}
	if len(keys) == 0 {
		r.faults.add(Fault{Line: line, Message: "it has neither Product Id nor Product Handle"})
		return nil
	}
	var p *Product
	for _, k := range keys {
		if have := r.products[k]; have != nil {
			p = have
			break
		}
	}
	if p == nil {
		p = &Product{Line: line}
		r.file.Products = append(r.file.Products, p)
	}
	for _, k := range keys {
		if have := r.products[k]; have != nil && have != p {
			r.faults.add(Fault{Line: line, Message: "its Product Id and its Product Handle are those of different products of the file"})
			return nil
		}
		r.products[strings.Clone(k)] = p
	}
	return p
}

// ofProduct notes what a row says of its product, unless another row has said so.
func (r *reader) ofProduct(p *Product, cell Cell) {
	at, have := slices.BinarySearchFunc(p.cells, cell.Column, func(c Cell, n int32) int { return int(c.Column - n) })
	switch {
	case !have:
		cell.Text = strings.Clone(cell.Text)
		p.cells = slices.Insert(p.cells, at, cell)
	case p.cells[at].Text != cell.Text:
		r.fault(cell, "line "+itoa(int(p.cells[at].Line))+" says something else of the same product")
	}
}

// single finds texts that another row has though it may not.
func (r *reader) single(c *column, cell Cell) {
	name := strings.ToLower(c.name)
	if c.kind != kindVariant || !slices.Contains(uniqueColumns, name) {
		return
	}
	if r.unique[name] == nil {
		r.unique[name] = map[string]int{}
	}
	if line := r.unique[name][cell.Text]; line > 0 {
		r.fault(cell, "line "+itoa(line)+" has the same")
		return
	}
	r.unique[name][strings.Clone(cell.Text)] = int(cell.Line)
}

func (r *reader) fault(cell Cell, message string) { r.file.fault(r.faults, cell, message) }

// fault adds a fault of a cell.
func (f *File) fault(faults *Faults, cell Cell, message string) {
	faults.add(Fault{int(cell.Line), int(cell.Column) + 1, f.columns[cell.Column].name, message})
}

func itoa(n int) string { return strconv.Itoa(n) }
