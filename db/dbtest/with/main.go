// Command with runs a command with a private PostgreSQL, which is stopped when the command ends:
//
//	go run ./db/dbtest/with go test ./...
//
// It sets TEST_DATABASE_URL, so that all test processes share the server and its templates. If the variable is set already, or no
// PostgreSQL can be started, it only runs the command.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/storegraph/storegraph/db/localpg"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: with command [argument…]")
		os.Exit(2)
	}
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(max(1, exit.ExitCode()))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "with:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if os.Getenv("TEST_DATABASE_URL") == "" {
		pg, err := localpg.Start(ctx, localpg.Options{Ephemeral: true, BinDir: os.Getenv("PG_BINDIR")})
		switch {
		case errors.Is(err, localpg.ErrNotInstalled):
			fmt.Fprintln(os.Stderr, "with:", err)
		case err != nil:
			return err
		default:
			defer func() { err = errors.Join(err, pg.Stop()) }()
			cmd.Env = append(os.Environ(), "TEST_DATABASE_URL="+pg.URL("postgres"))
		}
	}
	return cmd.Run()
}
