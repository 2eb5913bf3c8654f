package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/pflag"
	"golang.org/x/text/language"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/model/docsearch"
)

// A reading reads the settings of one run from flags and variables. It notes all that are wrong instead of ending at the first.
type reading struct {
	getenv func(string) string
	wrong  []error
}

// A setting is a flag or an argument of a command, and what it is set to. It is the pflag.Value of its flag.
type setting struct {
	tag      reflect.StructTag
	name     string // of the flag or argument
	variable string // the environment variable; empty: it has none
	group    string // the heading in help
	arg      bool
	into     reflect.Value
	flag     *pflag.Flag // nil: it is an argument
	of       *reading
}

// has reports whether it has a tag, even an empty one.
func (s *setting) has(tag string) bool { return tagged(s.tag, tag) }

// enum returns the words that are allowed; nil: any.
func (s *setting) enum() []string {
	if words := s.tag.Get("enum"); words != "" {
		return strings.Split(words, ",")
	}
	return nil
}

// String returns the default, as help shows it.
func (s *setting) String() string { return s.tag.Get("default") }

// Type returns what help shows for the value.
func (s *setting) Type() string {
	if s.into.Kind() == reflect.Bool {
		return "bool"
	}
	if name := s.tag.Get("placeholder"); name != "" {
		return name
	}
	switch s.into.Interface().(type) {
	case int, uint64:
		return "number"
	case time.Duration:
		return "duration"
	}
	return s.tag.Get("type")
}

// Set takes the value of the flag. It does not fail: the reading notes what is wrong.
func (s *setting) Set(text string) error {
	s.take("--"+s.name, text)
	return nil
}

// takes takes the arguments from its own on.
func (s *setting) takes(given []string) {
	for i, text := range given {
		if i == 0 || s.into.Kind() == reflect.Slice {
			s.take("<"+s.name+">", text)
		}
	}
}

// settle gives it the value of its variable, or else its default, if it was given as no flag. An empty variable is as good as none.
func (s *setting) settle() {
	if s.flag.Changed {
		return
	}
	if s.variable != "" {
		if text := s.of.getenv(s.variable); text != "" {
			s.take(s.variable, text)
			return
		}
	}
	if s.has("default") {
		s.take("--"+s.name, s.tag.Get("default"))
	}
}

// take reads a value, or notes that it is wrong, by the name by which it was given.
func (s *setting) take(name, text string) {
	err := s.kind()(s, text, s.into)
	switch {
	case err == nil:
	case s.has("secret"):
		s.of.wrong = append(s.of.wrong, fmt.Errorf("%s: %w", name, err))
	default:
		s.of.wrong = append(s.of.wrong, fmt.Errorf("%s=%q: %w", name, text, err))
	}
}

// parse is how a text becomes the value of a field.
type parse func(s *setting, text string, into reflect.Value) error

// value returns a parse by a function that knows the text only.
func value[T any](read func(text string) (T, error)) parse {
	return func(_ *setting, text string, into reflect.Value) error {
		got, err := read(text)
		if err == nil {
			into.Set(reflect.ValueOf(got))
		}
		return err
	}
}

// kinds are how values are read, by the tag type.
var kinds = map[string]parse{
	"address":   address,
	"database":  value(databaseURL),
	"databases": value(databaseURLs),
	"exporter":  value(exporter),
	"indexes":   value(docsearch.ParseExposed),
	"language":  value(languageTag),
	"level":     value(logLevel),
	"lifetimes": value(graph.ParseLifetimes),
	"list":      value(list),
	"listen":    value(listenAddress),
	"object":    object,
	"origins":   value(origins),
	"proxies":   value(edge.ParseProxies),
	"share":     value(share),
	"size":      value(size),
}

// kind is how the value is read: by the tag type, or else by its Go type.
func (s *setting) kind() parse {
	if kind, ok := kinds[s.tag.Get("type")]; ok {
		return kind
	}
	switch s.into.Interface().(type) {
	case bool:
		return onOff
	case int:
		return number
	case uint64:
		return natural
	case time.Duration:
		return duration
	case []string:
		return words
	}
	return word
}

// word is any text, or one of those in the tag enum.
func word(s *setting, text string, into reflect.Value) error {
	if words := s.enum(); words != nil && !slices.Contains(words, text) {
		return errors.New("want " + strings.TrimPrefix(strings.Join(words, " or "), " or "))
	}
	into.SetString(text)
	return nil
}

// words are as many texts as are given, one at a time.
func words(_ *setting, text string, into reflect.Value) error {
	into.Set(reflect.Append(into, reflect.ValueOf(text)))
	return nil
}

// number is a whole number, from that in the tag min to that in max.
func number(s *setting, text string, into reflect.Value) error {
	n, err := strconv.Atoi(text)
	if least := s.tag.Get("min"); err != nil || n < bound(least) || n > bound(s.tag.Get("max")) {
		return fmt.Errorf("want a number from %s to %s", least, s.tag.Get("max"))
	}
	into.SetInt(int64(n))
	return nil
}

// natural is a whole number that is not negative.
func natural(_ *setting, text string, into reflect.Value) error {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return errors.New("want a whole number from 0")
	}
	into.SetUint(n)
	return nil
}

// bound is a number of a tag.
func bound(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("a number has the bound %q", text)) // it is written beside its field
	}
	return n
}

// duration is one above 0, of whole units of the tag unit.
func duration(s *setting, text string, into reflect.Value) error {
	d, err := time.ParseDuration(text)
	unit, _ := time.ParseDuration(s.tag.Get("unit"))
	switch {
	case err != nil || d <= 0:
		return errors.New("want a duration, such as 30s or 24h")
	case unit > 0 && d%unit != 0:
		return fmt.Errorf("want a whole number of times %s", unit)
	}
	into.SetInt(int64(d))
	return nil
}

// onOff is on or off.
func onOff(_ *setting, text string, into reflect.Value) error {
	switch text {
	case "on", "true", "1":
		into.SetBool(true)
	case "off", "false", "0":
		into.SetBool(false)
	default:
		return errors.New("want on or off")
	}
	return nil
}

// size is a number of bytes.
func size(text string) (int, error) {
	n, err := humanize.ParseBytes(text)
	if err != nil || n > math.MaxInt {
		return 0, errors.New("want a size, such as 512MB or 2GB, or 0 for none")
	}
	return int(n), nil
}

// share is a part of a whole.
func share(text string) (float64, error) {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || !(s >= 0 && s <= 1) {
		return 0, errors.New("want a share from 0 to 1, such as 0.01")
	}
	return s, nil
}

// address is that of a web server.
func address(_ *setting, text string, into reflect.Value) error {
	u, err := parseAddress(text)
	switch {
	case err != nil:
		return err
	case into.Kind() == reflect.String:
		into.SetString(strings.TrimSuffix(text, "/"))
	default:
		into.Set(reflect.ValueOf(u))
	}
	return nil
}

// parseAddress reads the address of a web server; nil for none.
func parseAddress(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || !isPort(u.Port()) {
		return nil, errors.New("want an http or https address, such as http://localhost:9001")
	}
	return u, nil
}

// isPort reports whether a text is a port, or empty, which stands for that of the protocol.
func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return text == "" || err == nil && n >= 0 && n <= 65535
}

// listenAddress is an address to listen on.
func listenAddress(text string) (string, error) {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return "", errors.New("want a host and a port, such as localhost:9464")
	}
	if port == "" || !isPort(port) {
		return "", errors.New("want a port from 0 to 65535 after the host; 0: any free port")
	}
	return text, nil
}

// exporter is what becomes of traces; empty is not said.
func exporter(text string) (string, error) {
	switch text {
	case "", "otlp", "console", "none":
		return text, nil
	}
	return "", errors.New("want otlp, console or none")
}

func databaseURL(text string) (string, error) { return text, db.CheckURL(text) }

// databaseURLs are addresses between spaces.
func databaseURLs(text string) ([]string, error) {
	urls := strings.Fields(text)
	for _, url := range urls {
		if err := db.CheckURL(url); err != nil {
			return nil, err
		}
	}
	return urls, nil
}

func origins(text string) (string, error) { return text, edge.CheckOrigins(text) }

func languageTag(text string) (string, error) {
	if _, err := language.Parse(text); err != nil {
		return "", errors.New("want a BCP 47 tag, such as en or de-DE")
	}
	return text, nil
}

func logLevel(text string) (level slog.Level, err error) {
	if level.UnmarshalText([]byte(text)) != nil {
		err = errors.New("want debug, info, warn or error")
	}
	return level, err
}

// list returns the words between commas, without empty ones.
func list(text string) ([]string, error) {
	var out []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out, nil
}

// object is a JSON object.
func object(_ *setting, text string, into reflect.Value) error {
	if err := json.Unmarshal([]byte(text), into.Addr().Interface()); err != nil {
		return errors.New("want a JSON object, as in Medusa's option")
	}
	return nil
}
