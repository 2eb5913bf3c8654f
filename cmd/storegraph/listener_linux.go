package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"

	"github.com/prometheus/procfs"
)

// listening is the state of a socket that waits for connections, as Linux numbers them.
const listening = 10

// listener says which process listens on the port of an address, if this user may see it.
func listener(address string) string {
	const unknown = "another process"
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return unknown
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return unknown
	}
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return unknown
	}
	sockets := listeningSockets(fs, port)
	processes, err := fs.AllProcs()
	if err != nil {
		return unknown
	}
	for _, p := range processes {
		files, err := p.FileDescriptorTargets()
		if err != nil || !slices.ContainsFunc(files, func(file string) bool { return slices.Contains(sockets, file) }) {
			continue
		}
		if name, err := p.Comm(); err == nil {
			return fmt.Sprintf("process %d (%s)", p.PID, name)
		}
	}
	return unknown
}

// listeningSockets returns the sockets that wait for connections to a port, as they are called among the open files of a process.
func listeningSockets(fs procfs.FS, port uint64) []string {
	var out []string
	four, _ := fs.NetTCP() //nolint:staticcheck // netlink would be another module for one message; without either there are none to be found
	six, _ := fs.NetTCP6() //nolint:staticcheck // as above
	for _, s := range slices.Concat(four, six) {
		if s.St == listening && s.LocalPort == port {
			out = append(out, fmt.Sprintf("socket:[%d]", s.Inode))
		}
	}
	return out
}
