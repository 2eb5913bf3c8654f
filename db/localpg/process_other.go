//go:build unix && !linux

package localpg

import "syscall"

// endWithParent does nothing: the kernel offers no such signal. The next Start adopts an orphan.
func endWithParent(*syscall.SysProcAttr) {}
