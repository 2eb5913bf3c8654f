package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// commandLine has the commands of the program. Each that works on a shop has all settings, as flags.
type commandLine struct {
	Run      runCommand      `cmd:"" help:"For development: start the private PostgreSQL, migrate it, seed it and serve it. With DATABASE_URL it is the same as serve."`
	Serve    serveCommand    `cmd:"" help:"Serve the shop of a database that storegraph check accepts."`
	Migrate  migrateCommand  `cmd:"" help:"Bring the database to this version's schema."`
	Check    checkCommand    `cmd:"" help:"Report whether the database can be served; exit with 1 if it cannot."`
	Shadow   shadowCommand   `cmd:"" help:"Replay reads from an access log or a HAR file here and at a Medusa on the same database, and report how the answers differ."`
	Seed     seedCommand     `cmd:"" help:"Write the demo shop into a database without products, unless it is there. The private PostgreSQL is migrated first."`
	Import   importCommand   `cmd:"" help:"Have the shop agree with a file of products in Medusa's CSV format, all of it or nothing."`
	Export   exportCommand   `cmd:"" help:"Write all products in Medusa's CSV format."`
	Orders   ordersCommand   `cmd:"" help:"List and show orders; fulfil, ship, capture, refund and cancel them, in a shop without a back office."`
	Reset    resetCommand    `cmd:"" help:"Replace the private PostgreSQL's shop by an empty one. It refuses to run with DATABASE_URL."`
	Events   eventsCommand   `cmd:"" help:"List pending deliveries of events and dead letters, or retry dead letters."`
	Schema   schemaCommand   `cmd:"" help:"Print the GraphQL schema, as the server shows it at /schema.graphql."`
	Version  versionCommand  `cmd:"" help:"Print the version of the program, of Medusa and of the database's schema."`
	Settings settingsCommand `cmd:"" hidden:"" help:"Print the settings as a table of Markdown."`
}

type runCommand struct {
	Admin  bool `help:"Serve Medusa's Admin at /app, too: npm installs Medusa once, and it runs behind the shop."`
	Config `embed:""`
}

type serveCommand struct {
	Config `embed:""`
}

type migrateCommand struct {
	CatalogueTriggers   bool `xor:"triggers" help:"Have changes of the catalogue logged, whoever makes them, by triggers on Medusa's tables."`
	NoCatalogueTriggers bool `xor:"triggers" help:"Remove these triggers."`
	Config              `embed:""`
}

type checkCommand struct {
	Front  bool `help:"List which routes, providers and extensions of the shop storegraph answers, and which Medusa."`
	Config `embed:""`
}

type shadowCommand struct {
	Against   *url.URL `required:"" type:"address" placeholder:"URL" help:"The address of the Medusa."`
	From      string   `required:"" placeholder:"FILE" predictor:"file" help:"The access log or HAR file."`
	Key       string   `placeholder:"pk_…" help:"The publishable key of reads that have none. Empty: any of the shop."`
	Threshold float64  `type:"share" default:"0" help:"Exit with 1 if a larger share of the reads differs for no known reason."`
	Config    `embed:""`
}

type seedCommand struct {
	Products int    `min:"0" max:"10000000" default:"0" help:"Add so many generated products. If it is interrupted, it goes on when it is run again."`
	Seed     uint64 `default:"1" help:"Another number generates other products."`
	Config   `embed:""`
}

type importCommand struct {
	File   string `arg:"" predictor:"file" help:"The file; - is the standard input."`
	Create bool   `help:"Make the collections, types, tags and categories that the file names and the shop lacks."`
	DryRun bool   `help:"Change nothing, and say what would be changed, and every fault."`
	Faults int    `min:"1" max:"1000000" default:"100" help:"How many faults are listed at most."`
	Config `embed:""`
}

type exportCommand struct {
	Output     string `placeholder:"FILE" predictor:"file" help:"The file. Empty: the standard output."`
	Full       bool   `help:"Add columns that Medusa's importer refuses: stock, translations, prices by region, images of variants."`
	WithoutIDs bool   `name:"without-ids" help:"Leave out the ids of products, variants and options, for another shop."`
	Config     `embed:""`
}

type ordersCommand struct {
	List    orderListCommand    `cmd:"" default:"withargs" help:"List orders, the youngest first."`
	Show    orderShowCommand    `cmd:"" help:"Show an order."`
	Fulfil  orderFulfilCommand  `cmd:"" help:"Put units of an order into a parcel, and take them out of the stock."`
	Capture orderCaptureCommand `cmd:"" help:"Capture what was authorised for an order."`
	Refund  orderRefundCommand  `cmd:"" help:"Give back money that was captured for an order."`
	Cancel  orderCancelCommand  `cmd:"" help:"Cancel an order that is not fulfilled."`

	Ship         orderShipCommand         `cmd:"" help:"Note that a parcel is on its way, with its tracking numbers."`
	Deliver      orderDeliverCommand      `cmd:"" help:"Note that a parcel has arrived."`
	CancelParcel orderCancelParcelCommand `cmd:"" help:"Cancel a parcel that is not on its way, and put what is in it back into the stock."`
	Complete     orderCompleteCommand     `cmd:"" help:"Note that nothing is left to be done for an order."`
	Archive      orderArchiveCommand      `cmd:"" help:"Put an order away that is completed or cancelled."`
}

type orderListCommand struct {
	Status string `enum:",pending,completed,archived,canceled,requires_action" default:"" help:"Only orders of this status: pending, completed, archived, canceled or requires_action."`
	Email  string `help:"Only orders that were placed with this e-mail address."`
	Limit  int    `min:"1" max:"100000" default:"20" help:"How many at most."`
	Offset int    `min:"0" max:"1000000000" default:"0" help:"How many to pass over."`
	JSON   bool   `name:"json" help:"Print JSON, for scripts."`
	Config `embed:""`
}

type orderShowCommand struct {
	Order  string `arg:"" help:"The order's number or id."`
	JSON   bool   `name:"json" help:"Print JSON, for scripts."`
	Config `embed:""`
}

type orderFulfilCommand struct {
	Order    string   `arg:"" help:"The order's number or id."`
	Lines    []string `arg:"" optional:"" name:"line" help:"Lines by SKU or id, with units: SHIRT-M=2. None: all that is left."`
	Location string   `placeholder:"ID" help:"The stock location. Empty: where the units are reserved."`
	Config   `embed:""`
}

type orderCaptureCommand struct {
	Order  string `arg:"" help:"The order's number or id."`
	Config `embed:""`
}

type orderRefundCommand struct {
	Order  string `arg:"" help:"The order's number or id."`
	Amount string `arg:"" help:"The amount, in the order's currency."`
	Config `embed:""`
}

type orderCancelCommand struct {
	Order  string `arg:"" help:"The order's number or id."`
	Config `embed:""`
}

type orderShipCommand struct {
	Order       string   `arg:"" help:"The order's number or id."`
	Parcel      string   `arg:"" optional:"" help:"The parcel's id. None: the only one that is not on its way."`
	Tracking    []string `placeholder:"NUMBER" help:"A tracking number; several if it is repeated."`
	TrackingURL string   `name:"tracking-url" type:"address" placeholder:"URL" help:"The page on which a parcel with one tracking number is followed."`
	LabelURL    string   `name:"label-url" type:"address" placeholder:"URL" help:"The label of a parcel with one tracking number."`
	Config      `embed:""`
}

type orderDeliverCommand struct {
	Order  string `arg:"" help:"The order's number or id."`
	Parcel string `arg:"" optional:"" help:"The parcel's id. None: the only one that has not arrived."`
	Config `embed:""`
}

type orderCancelParcelCommand struct {
	Order  string `arg:"" help:"The order's number or id."`
	Parcel string `arg:"" optional:"" help:"The parcel's id. None: the only one that is not on its way."`
	Config `embed:""`
}

type orderCompleteCommand struct {
	Order  string `arg:"" help:"The order's number or id."`
	Config `embed:""`
}

type orderArchiveCommand struct {
	Order  string `arg:"" help:"The order's number or id."`
	Config `embed:""`
}

type resetCommand struct {
	Config `embed:""`
}

type eventsCommand struct {
	List  lettersCommand `cmd:"" default:"withargs" help:"List pending deliveries of events and dead letters."`
	Retry retryCommand   `cmd:"" help:"Retry dead letters."`
}

type lettersCommand struct {
	Config `embed:""`
}

type retryCommand struct {
	IDs    []string `arg:"" optional:"" name:"id" help:"The ids of the events. None: all."`
	Config `embed:""`
}

type schemaCommand struct{}

// app is one run of the program.
type app struct {
	cfg    Config
	stdout io.Writer
	begun  time.Time
}

func (c *Config) config() *Config { return c }

// configure takes the settings of a command, if it has any.
func (a *app) configure(command any, r *reading) {
	c, ok := command.(interface{ config() *Config })
	if !ok {
		return
	}
	serving := false
	switch command.(type) {
	case *runCommand, *serveCommand, *shadowCommand:
		serving = true
	}
	r.wrong = append(r.wrong, c.config().settle(r.getenv, serving)...)
	a.cfg = *c.config()
}

// run runs the program. main prints the error and makes it the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	a := &app{stdout: stdout, begun: time.Now()}
	command, err := a.parse(args, getenv)
	if err != nil {
		return err
	}
	switch command := command.(type) {
	case interface {
		Run(ctx context.Context, a *app) error
	}:
		err = command.Run(ctx, a)
	case interface{ Run(a *app) error }:
		err = command.Run(a)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped by a signal
	}
	return err
}

// parse reads the command line and the settings of the command that it names, which it returns; nil if there is nothing to run, since help
// or completions were printed. The error names all settings that are wrong.
func (a *app) parse(args []string, getenv func(string) string) (command any, err error) {
	r := &reading{getenv: getenv}
	root := newRoot(binder{r, func(c any) { command = c }}, a.stdout)
	root.SetArgs(slices.Concat([]string{}, args))
	err = root.Execute()
	if err != nil && len(r.wrong) == 0 {
		return nil, err
	}
	if command != nil {
		a.configure(command, r)
	}
	return command, r.err()
}

// newRoot returns the command line, which prints to out.
func newRoot(b binder, out io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use: "storegraph",
		Long: "storegraph serves a shop on Medusa's database by GraphQL and REST.\n\n" +
			"Each setting is a flag and an environment variable; the flag counts if there are both.\n" +
			"Others on the machine see flags, so set secrets by variables.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	group(root)
	root.SetOut(out)
	root.SetHelpFunc(printHelp)
	root.SetFlagErrorFunc(wrongFlag)
	b.commands(root, reflect.ValueOf(&commandLine{}).Elem())
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			group(c)
		}
	}
	return root
}

// err returns what is wrong, if anything is.
func (r *reading) err() error {
	switch len(r.wrong) {
	case 0:
		return nil
	case 1:
		return r.wrong[0]
	}
	var all strings.Builder
	for _, err := range r.wrong {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			all.WriteString("\n  " + line)
		}
	}
	return fmt.Errorf("several settings are wrong:%s", &all)
}
