package main

import (
	"io"

	"github.com/storegraph/storegraph/graph"
)

// Run prints the GraphQL contract. It needs no database.
func (*schemaCommand) Run(a *app) error {
	sdl, err := graph.SDL()
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.stdout, sdl)
	return err
}
