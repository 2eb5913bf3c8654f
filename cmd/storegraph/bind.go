package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A binder makes cobra's commands of structs. The tags of their fields say what each is:
//
//	cmd          a command, or a group of commands; default: it is meant where its group is named alone
//	embed        a struct whose fields count as those of the outer one
//	arg          an argument of a command, which may be left out if it is optional
//	help         what the command, flag or argument does; a field without help is none
//	name         the name of a flag or argument, where it is not that of its variable or field
//	var          the environment variable of a flag
//	secret       its value is never printed
//	type         the kind of its value, one of kinds
//	default      its value if there is no other
//	enum         the words that are allowed, separated by commas
//	min, max     the bounds of a number
//	unit         a duration is a multiple of this
//	placeholder  what help shows for the value
//	predictor    file or dir: what a shell completes
//	group        the heading in help
//	required     the flag has to be given
//	xor          of the flags with the same text only one may be given
type binder struct {
	reading *reading
	chosen  func(command any) // is told which command was named, as a pointer to its struct
}

// commands adds the commands of a struct to a parent.
func (b binder) commands(parent *cobra.Command, of reflect.Value) {
	for f, v := range of.Fields() {
		if !tagged(f.Tag, "cmd") {
			continue
		}
		help := f.Tag.Get("help")
		short, _, _ := strings.Cut(help, ". ")
		c := &cobra.Command{Use: dashed(f.Name), Short: strings.TrimSuffix(short, "."), Long: help, Hidden: tagged(f.Tag, "hidden")}
		parent.AddCommand(c)
		group(c)
		if b.commands(c, v); !c.HasSubCommands() {
			b.bind(c, v)
		}
		if tagged(f.Tag, "default") {
			b.bind(parent, v)
		}
	}
}

// group has a command print its help, unless it is bound to a struct.
func group(c *cobra.Command) {
	c.SuggestionsMinimumDistance = 2
	c.Args = nothingElse
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
}

// bind makes the fields of a struct the flags and arguments of a command.
func (b binder) bind(c *cobra.Command, of reflect.Value) {
	var flags, args []*setting
	for _, s := range b.reading.settings(of, "") {
		if s.arg {
			args = append(args, s)
			if !c.HasSubCommands() {
				c.Use += " " + s.usage()
			}
		} else {
			flags = append(flags, s)
		}
	}
	either := map[string][]string{}
	c.Flags().SortFlags = false
	for _, s := range flags {
		b.flag(c, s)
		if name := s.tag.Get("xor"); name != "" {
			either[name] = append(either[name], s.name)
		}
	}
	for _, names := range either {
		c.MarkFlagsMutuallyExclusive(names...)
	}
	if len(args) == 0 || args[0].tag.Get("predictor") == "" {
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
	c.Args = func(c *cobra.Command, given []string) error { return fits(c, args, given) }
	c.RunE = func(*cobra.Command, []string) error {
		given := c.Flags().Args()
		for _, s := range flags {
			s.settle()
		}
		for i, s := range args {
			s.takes(given[min(i, len(given)):])
		}
		b.chosen(of.Addr().Interface())
		return nil
	}
}

// flag makes a setting a flag of a command.
func (b binder) flag(c *cobra.Command, s *setting) {
	s.flag = c.Flags().VarPF(s, s.name, "", s.describe())
	if s.into.Kind() == reflect.Bool {
		s.flag.NoOptDefVal = "true"
	}
	var err error
	if s.has("required") {
		err = c.MarkFlagRequired(s.name)
	}
	switch words := s.enum(); {
	case s.tag.Get("predictor") == "dir":
		err = errors.Join(err, c.MarkFlagDirname(s.name))
	case words != nil:
		err = errors.Join(err, c.RegisterFlagCompletionFunc(s.name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)))
	}
	if err != nil {
		panic(err) // the flag was added above
	}
}

// fits fails if there are too few or too many arguments.
func fits(c *cobra.Command, want []*setting, given []string) error {
	for i, s := range want {
		if i >= len(given) && !s.has("optional") {
			return fmt.Errorf("expected %s", s.usage())
		}
		if s.into.Kind() == reflect.Slice {
			return nil
		}
	}
	return nothingElse(c, given[min(len(want), len(given)):])
}

// nothingElse fails if there are arguments, and says which command may be meant by them.
func nothingElse(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case !c.HasSubCommands():
		return fmt.Errorf("unexpected argument %s", args[0])
	}
	return fmt.Errorf("unknown command %q%s", args[0], meant(c.SuggestionsFor(args[0])))
}

// meant asks whether one of some names is meant.
func meant(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(`; did you mean "%s"?`, strings.Join(names, `" or "`))
}

// wrongFlag says which flag may be meant by one that is unknown.
func wrongFlag(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	var near []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if levenshtein.ComputeDistance(f.Name, unknown.GetSpecifiedName()) <= 2 {
			near = append(near, "--"+f.Name)
		}
	})
	return fmt.Errorf("unknown flag --%s%s", unknown.GetSpecifiedName(), meant(near))
}

// tagged reports whether tags have one of a name, even an empty one.
func tagged(tags reflect.StructTag, name string) bool {
	_, ok := tags.Lookup(name)
	return ok
}

// dashed is the name of a field as that of a flag or command: dry-run for DryRun.
func dashed(name string) string {
	var out []rune
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			out = append(out, '-')
		}
		out = append(out, unicode.ToLower(r))
	}
	return string(out)
}

// settings returns the flags and arguments that the fields of a struct are, in their order.
func (r *reading) settings(of reflect.Value, group string) (out []*setting) {
	for f, v := range of.Fields() {
		under := group
		if name, ok := f.Tag.Lookup("group"); ok {
			under = name
		}
		switch {
		case tagged(f.Tag, "embed"):
			out = append(out, r.settings(v, under)...)
		case tagged(f.Tag, "help") && !tagged(f.Tag, "cmd"):
			out = append(out, r.setting(f, v, under))
		}
	}
	return out
}

// setting returns what a field is.
func (r *reading) setting(f reflect.StructField, into reflect.Value, group string) *setting {
	s := &setting{tag: f.Tag, name: f.Tag.Get("name"), variable: f.Tag.Get("var"), group: group, arg: tagged(f.Tag, "arg"), into: into, of: r}
	switch {
	case s.name != "":
	case s.variable != "":
		s.name = strings.ToLower(strings.ReplaceAll(s.variable, "_", "-"))
	default:
		s.name = dashed(f.Name)
	}
	return s
}

// usage is how an argument is written in help.
func (s *setting) usage() string {
	name := "<" + s.name + ">"
	if s.into.Kind() == reflect.Slice {
		name += " ..."
	}
	if s.has("optional") {
		return "[" + name + "]"
	}
	return name
}

// describe is the help of a flag, with its variable.
func (s *setting) describe() string {
	help := s.tag.Get("help")
	if words := s.enum(); words != nil && !strings.Contains(help, words[0]) {
		help += " One of " + strings.Join(words, ", ") + "."
	}
	if s.variable != "" {
		help += " ($" + s.variable + ")"
	}
	return help
}
