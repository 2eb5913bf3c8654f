package main

import (
	"context"
	"io"

	"storegraph/graph"
)

// printSchema prints the GraphQL contract. It needs no database.
func printSchema(_ context.Context, a *app) error {
	sdl, err := graph.SDL()
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.stdout, sdl)
	return err
}
