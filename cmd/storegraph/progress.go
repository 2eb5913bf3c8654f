package main

import (
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// terminal returns the terminal that the program writes to; nil: it writes elsewhere.
func (a *app) terminal() *os.File {
	if file, ok := a.stdout.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return file
	}
	return nil
}

// progress returns what shows how much of something has been done: a bar in a terminal, elsewhere a line for each tenth.
func (a *app) progress(what string) func(done, total int) {
	if file := a.terminal(); file != nil {
		var bar *progressbar.ProgressBar
		return func(done, total int) {
			if bar == nil {
				bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(file), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
					progressbar.OptionSetWidth(40), progressbar.OptionOnCompletion(func() { fmt.Fprintln(file) }))
			}
			_ = bar.Set(done)
		}
	}
	last := 0
	return func(done, total int) {
		if tenth := 10 * done / total; tenth > last {
			last = tenth
			fmt.Fprintf(a.stdout, "%s: %d of %d\n", what, done, total)
		}
	}
}

// busy shows in a terminal that something is being done, of which nobody knows how much is left, and for how long, until done is called.
func (a *app) busy(what string) (done func()) {
	file := a.terminal()
	if file == nil {
		return func() {}
	}
	return spin(file, what)
}

// spin shows what is being done, and for how long, until done is called.
func spin(w io.Writer, what string) (done func()) {
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionSpinnerType(14),
		progressbar.OptionSetElapsedTime(true), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true)) // which starts it
	return func() { _ = bar.Finish() }
}
