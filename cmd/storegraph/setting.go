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
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/dustin/go-humanize"
	"golang.org/x/text/language"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/model/docsearch"
)

// A reading reads the settings of one run from flags and variables. It notes all that are wrong instead of ending at the first.
type reading struct {
	getenv  func(string) string
	fromEnv map[*kong.Value]bool
	wrong   []error
}

// variable returns the environment variable of a setting; empty: the value is none.
func variable(v *kong.Value) string { return v.Tag.Get("var") }

// Validate lets every application pass. It makes a reading a kong.Resolver.
func (r *reading) Validate(*kong.Application) error { return nil }

// Resolve returns the value of a setting's variable. An empty one is as good as none.
func (r *reading) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name := variable(flag.Value)
	if name == "" {
		return nil, nil //nolint:nilnil // it is no setting
	}
	value := r.getenv(name)
	if value == "" {
		return nil, nil //nolint:nilnil // it is not set
	}
	r.fromEnv[flag.Value] = true
	return value, nil
}

// note notes that a value is wrong, by the name by which it was given.
func (r *reading) note(v *kong.Value, text string, err error) {
	name := "--" + v.Name
	switch {
	case v.Flag == nil:
		name = "<" + v.Name + ">"
	case r.fromEnv[v]:
		name = variable(v)
	}
	if v.Tag.Has("secret") {
		r.wrong = append(r.wrong, fmt.Errorf("%s: %w", name, err))
		return
	}
	r.wrong = append(r.wrong, fmt.Errorf("%s=%q: %w", name, text, err))
}

// parse is how a text becomes the value of a field.
type parse func(v *kong.Value, text string, into reflect.Value) error

// value returns a parse by a function that knows the text only.
func value[T any](read func(text string) (T, error)) parse {
	return func(_ *kong.Value, text string, into reflect.Value) error {
		got, err := read(text)
		if err == nil {
			into.Set(reflect.ValueOf(got))
		}
		return err
	}
}

// A mapper reads one kind of setting.
type mapper struct {
	of    *reading
	parse parse
	flag  bool // it may stand without a value, and is on then
}

// IsBool says whether the flag may stand without a value.
func (m mapper) IsBool() bool { return m.flag }

// Decode reads a value, or notes that it is wrong.
func (m mapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	text := "on"
	if !m.flag || ctx.Scan.Peek().Type == kong.FlagValueToken {
		if err := ctx.Scan.PopValueInto("value", &text); err != nil {
			return err
		}
	}
	if err := m.parse(ctx.Value, text, target); err != nil {
		m.of.note(ctx.Value, text, err)
	}
	return nil
}

// options are those by which kong reads all kinds of settings.
func (r *reading) options() []kong.Option {
	o := []kong.Option{
		kong.Resolvers(r),
		kong.KindMapper(reflect.Bool, mapper{r, onOff, true}),
		kong.KindMapper(reflect.Int, mapper{r, number, false}),
		kong.KindMapper(reflect.String, mapper{r, word, false}),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), mapper{r, duration, false}),
	}
	for name, p := range map[string]parse{
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
	} {
		o = append(o, kong.NamedMapper(name, mapper{r, p, false}))
	}
	return o
}

// word is any text, or one of those in the tag enum.
func word(v *kong.Value, text string, into reflect.Value) error {
	if v.Enum != "" && !v.EnumMap()[text] {
		return errors.New("want " + strings.Join(v.EnumSlice(), " or "))
	}
	into.SetString(text)
	return nil
}

// number is a whole number, from that in the tag min to that in max.
func number(v *kong.Value, text string, into reflect.Value) error {
	n, err := strconv.Atoi(text)
	if least := v.Tag.Get("min"); err != nil || n < bound(least) || n > bound(v.Tag.Get("max")) {
		return fmt.Errorf("want a number from %s to %s", least, v.Tag.Get("max"))
	}
	into.SetInt(int64(n))
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
func duration(v *kong.Value, text string, into reflect.Value) error {
	d, err := time.ParseDuration(text)
	unit, _ := time.ParseDuration(v.Tag.Get("unit"))
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
func onOff(_ *kong.Value, text string, into reflect.Value) error {
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
func address(_ *kong.Value, text string, into reflect.Value) error {
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
func object(_ *kong.Value, text string, into reflect.Value) error {
	if err := json.Unmarshal([]byte(text), into.Addr().Interface()); err != nil {
		return errors.New("want a JSON object, as in Medusa's option")
	}
	return nil
}
