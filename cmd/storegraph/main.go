// Command storegraph serves a shop by GraphQL and REST, and has the tools for its database. Without arguments it lists its commands
// and settings.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "storegraph:", err)
		os.Exit(1)
	}
}

// command is a command of the program, its first argument.
type command struct {
	name string
	doc  string
	run  func(context.Context, *app) error
	args bool // it takes further arguments
}

func commands() []command {
	return []command{
		{"run", "For development: start the private PostgreSQL, migrate it, seed it and serve it. With DATABASE_URL it is the same as serve.", runAll, false},
		{"serve", "Serve the shop of a database that storegraph check accepts.", serve, false},
		{"migrate", "Bring the database to this version's schema; --catalogue-triggers has changes of the catalogue logged by triggers on Medusa's tables, --no-catalogue-triggers removes them.", migrate, true},
		{"check", "Report whether the database can be served; exit with 1 if it cannot. --front lists which routes, providers and extensions of the shop storegraph answers, and which Medusa.", check, true},
		{"shadow", "Replay reads from an access log or a HAR file here and at a Medusa on the same database, and report how the answers differ: shadow --against URL --from FILE [--key pk_…] [--threshold 0.01]; exit with 1 if a larger share differs for no known reason.", shadowReads, true},
		{"seed", "Write the demo shop into a database without products, unless it is there; seed --products 10000 adds so many generated products. The private PostgreSQL is migrated first.", seedShop, true},
		{"reset", "Replace the private PostgreSQL's shop by an empty one. It refuses to run with DATABASE_URL.", reset, false},
		{"schema", "Print the GraphQL schema, as the server shows it at /schema.graphql.", printSchema, false},
		{"events", "List pending deliveries of events and dead letters; events retry [id …] retries dead letters.", events, true},
	}
}

// app is one run of the program.
type app struct {
	cfg    Config
	args   []string // after the command
	stdout io.Writer
	begun  time.Time
}

// run runs the program. main prints the error and makes it the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	begun := time.Now()
	name := "help"
	if len(args) > 0 {
		name = args[0]
	}
	if name == "help" || name == "-h" || name == "--help" {
		return help(stdout)
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		if len(args) > 1 && !c.args {
			return fmt.Errorf("%s takes no argument, but got %q: settings are environment variables", name, args[1])
		}
		cfg, err := readConfig(getenv)
		if err != nil {
			return err
		}
		err = c.run(ctx, &app{cfg: cfg, args: args[1:], stdout: stdout, begun: begun})
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return nil // stopped by a signal
		}
		return err
	}
	return fmt.Errorf("there is no command %q: run storegraph help", name)
}

func help(stdout io.Writer) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "storegraph serves a shop on Medusa's database by GraphQL and REST.\n\nCommands:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %s\t%s\n", c.name, c.doc)
	}
	fmt.Fprint(w, "\nSettings, from the environment:\n\n")
	for _, s := range settings() {
		doc := s.doc
		if s.fallback != "" {
			doc += " Default: " + s.fallback
		}
		fmt.Fprintf(w, "  %s\t%s\n", s.name, doc)
	}
	return w.Flush()
}
