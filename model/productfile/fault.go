package productfile

import (
	"fmt"
	"slices"
	"strings"
)

// A Fault is what is wrong at a place of a file.
type Fault struct {
	Line    int    // the header is line 1
	Column  int    // from 1; 0 if it is the whole line
	Name    string // of the column
	Message string
}

// String returns the fault as it is shown.
func (f Fault) String() string {
	if f.Column == 0 {
		return fmt.Sprintf("line %d: %s", f.Line, f.Message)
	}
	return fmt.Sprintf("line %d, column %d (%s): %s", f.Line, f.Column, f.Name, f.Message)
}

// Faults collects faults up to a number.
type Faults struct {
	Most int // how many are kept
	All  []Fault
	More int // how many there were beyond
}

func (f *Faults) add(fault Fault) {
	if len(f.All) >= f.Most {
		f.More++
		return
	}
	f.All = append(f.All, fault)
}

// Any reports whether there is one.
func (f *Faults) Any() bool { return len(f.All) > 0 }

// Error returns the faults in the order of the file, a line each.
func (f *Faults) Error() string {
	sorted := slices.Clone(f.All)
	slices.SortStableFunc(sorted, func(a, b Fault) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	var b strings.Builder
	fmt.Fprintf(&b, "the file has %d faults, and nothing was changed:", len(f.All)+f.More)
	for _, fault := range sorted {
		b.WriteString("\n  " + fault.String())
	}
	if f.More > 0 {
		fmt.Fprintf(&b, "\n  and %d more", f.More)
	}
	return b.String()
}
