//go:build unix && !linux

package localpg

import "syscall"

// endWithParent does nothing: the kernel has no such signal. The next Start takes over a server whose parent has died.
func endWithParent(*syscall.SysProcAttr) {}
