package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/storegraph/storegraph/db"
)

// version is the program's, which make build has the linker write here.
var version string

type versionCommand struct{}

// Run prints the versions of what the program is made of and works with.
func (*versionCommand) Run(a *app) error {
	_, err := fmt.Fprintf(a.stdout, "storegraph  %s, %s\nMedusa      %s\nschema      %d\n", programVersion(), runtime.Version(), db.ReferenceVersion, db.SchemaVersion())
	return err
}

// programVersion is that of the linker, or else what Go knows of the module and its repository.
func programVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision := ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value[:min(12, len(s.Value))]
		}
	}
	if info.Main.Version != "(devel)" {
		return cmp.Or(info.Main.Version, revision, "unknown")
	}
	return cmp.Or(revision, info.Main.Version)
}
