//go:build !linux

package backoffice

import "syscall"

// attributes are none: on this system a program may outlive this process.
func attributes() *syscall.SysProcAttr { return nil }
