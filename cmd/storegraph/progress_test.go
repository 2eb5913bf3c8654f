package main

import (
	"strings"
	"testing"
	"time"
)

// What takes long is shown from its beginning and for how long, until it is done.
func TestSpin(t *testing.T) {
	t.Parallel()
	var out output
	done := spin(&out, "Installing")
	for ends := time.After(time.Minute); ; {
		text, more := out.now()
		if strings.Contains(text, "Installing") && strings.Contains(text, "1s]") {
			break
		}
		select {
		case <-more:
		case <-ends:
			t.Fatalf("it showed %q", text)
		}
	}
	done()
	if text, _ := out.now(); !strings.HasSuffix(text, "\r") {
		t.Errorf("it left %q", text)
	}
}
