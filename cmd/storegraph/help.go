package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// width is how wide the help of flags is.
const width = 100

// The commands are listed in the order in which they are declared.
func init() { cobra.EnableCommandSorting = false }

// printHelp prints the help of a command: what it does and its commands, or else its flags by their groups.
func printHelp(c *cobra.Command, _ []string) {
	out := c.OutOrStdout()
	if c.HasAvailableSubCommands() {
		_, _ = fmt.Fprintf(out, "Usage: %s <command>\n\n%s\n\nCommands:\n", c.CommandPath(), c.Long)
		for _, below := range c.Commands() {
			if below.IsAvailableCommand() {
				_, _ = fmt.Fprintf(out, "  %-*s  %s\n", c.NamePadding(), below.Name(), below.Short)
			}
		}
		_, _ = fmt.Fprintf(out, "\nRun \"%s <command> --help\" for more information on a command.\n", c.CommandPath())
		return
	}
	_, _ = fmt.Fprintf(out, "Usage: %s\n\n%s\n", c.UseLine(), c.Long)
	printFlags(out, c.Flags())
}

// printFlags prints flags by their groups.
func printFlags(out io.Writer, flags *pflag.FlagSet) {
	var groups []string
	by := map[string]*pflag.FlagSet{}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return // whoever reads this knows it
		}
		name := "Flags"
		if s, ok := f.Value.(*setting); ok && s.group != "" {
			name = s.group
		}
		if by[name] == nil {
			by[name] = pflag.NewFlagSet(name, pflag.ContinueOnError)
			by[name].SortFlags = false
			groups = append(groups, name)
		}
		by[name].AddFlag(f)
	})
	if i := slices.Index(groups, "Flags"); i > 0 {
		groups = slices.Insert(slices.Delete(groups, i, i+1), 0, "Flags")
	}
	for _, name := range groups {
		_, _ = fmt.Fprintf(out, "\n%s:\n%s", name, by[name].FlagUsagesWrapped(width))
	}
}
