package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/seed"
	"github.com/storegraph/storegraph/model"
)

// retryTime is the pause between two attempts to reach the database.
const retryTime = 250 * time.Millisecond

// Run serves the configured database.
func (*serveCommand) Run(ctx context.Context, a *app) error { return a.serve(ctx) }

// Run migrates and seeds the private database and serves it. With DATABASE_URL it only serves.
func (c *runCommand) Run(ctx context.Context, a *app) error {
	if c.Admin {
		if err := a.checkAdmin(); err != nil {
			return err
		}
	}
	if a.cfg.private() {
		return a.runPrivate(ctx, c.Admin)
	}
	return a.serve(ctx)
}

func (a *app) serve(ctx context.Context) (err error) {
	log := a.logger()
	stopMeasuring, err := a.startMeasuring(ctx, log)
	if err != nil {
		return err
	}
	defer stopMeasuring()
	d, err := a.openDatabase(ctx, log, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := a.secrets(); err != nil {
		return err
	}
	return a.listen(ctx, d, log, func(context.Context, string) error { return nil })
}

func (a *app) runPrivate(ctx context.Context, admin bool) (err error) {
	log := a.logger()
	stopMeasuring, err := a.startMeasuring(ctx, log)
	if err != nil {
		return err
	}
	defer stopMeasuring()
	d, err := a.openDatabase(ctx, log, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := a.secrets(); err != nil {
		return err
	}
	if err := a.prepare(ctx, d.DB, log); err != nil {
		return err
	}
	var office *office
	if admin {
		if office, err = a.newOffice(ctx, log); err != nil {
			return err
		}
	}
	stop := func() {}
	defer func() { stop() }() // after the last request to it
	return a.listen(ctx, d, log, func(ctx context.Context, base string) error {
		err := a.greet(ctx, d.DB, base)
		if office != nil {
			stop = background(context.WithoutCancel(ctx), func(ctx context.Context) { office.work(ctx, a, d, base) })
		}
		return err
	})
}

// prepare migrates and seeds the private database. A database that has products of its own is not seeded.
func (a *app) prepare(ctx context.Context, d db.DB, log *slog.Logger) error {
	if err := migratePrivate(ctx, d, log); err != nil {
		return err
	}
	_, err := a.seed(ctx, d, log)
	if errors.Is(err, model.Conflict) {
		log.InfoContext(ctx, "no demo shop", "reason", err)
		return nil
	}
	return err
}

// listen serves until ctx ends. It listens at once, and answers only /health and holds other requests until the database is up. Then it
// fails if storegraph check would refuse the database; otherwise it serves the shop and calls ready with the server's address.
func (a *app) listen(ctx context.Context, d *database, log *slog.Logger, ready func(ctx context.Context, base string) error) error {
	events, err := a.dispatcher(d.DB, log)
	if err != nil {
		return err
	}
	l, err := listen(ctx, "PORT", a.cfg.listenAddress())
	if err != nil {
		return err
	}
	if err := d.announce(baseURL(l.Addr())); err != nil {
		return errors.Join(err, l.Close())
	}
	shop := newGate()
	srv := &http.Server{
		Handler:           shop,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(edge.RefuseTLS(l)) }()
	log.InfoContext(ctx, "listening", "address", l.Addr().String())
	stopMetrics, err := a.serveMetrics(ctx, log)
	if err != nil {
		return errors.Join(err, a.drain(ctx, srv, log))
	}
	defer stopMetrics()
	defer background(ctx, func(ctx context.Context) { boundGarbage(ctx, os.Getenv) })()

	work, err := a.openShop(ctx, d.DB, log, shop, baseURL(l.Addr()), events.Wake)
	if err == nil {
		defer background(ctx, events.Run)()
		// Subscriptions must end first: the server waits for running requests, of which they are some.
		stop := background(ctx, work)
		if err := ready(ctx, baseURL(l.Addr())); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "the first request failed", "error", err) // the server keeps running, so that the cause can be examined
		}
		select {
		case <-ctx.Done():
			log.InfoContext(ctx, "stopping")
		case err = <-served:
		case <-d.ended():
			err = errors.New("the private PostgreSQL ended")
		}
		stop()
	}
	return errors.Join(err, a.drain(ctx, srv, log))
}

// drain ends a server: running requests may take the configured time, and are cut off then.
func (a *app) drain(ctx context.Context, srv *http.Server, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.DrainTime)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.WarnContext(ctx, "requests that still ran are cut off", "after", a.cfg.DrainTime)
		return srv.Close()
	}
	return err
}

// background runs work until the returned function is called, which waits for it to end.
func background(ctx context.Context, work func(ctx context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { work(ctx) })
	return func() { cancel(); wg.Wait() }
}

// openShop waits for the database, fails if it cannot be served, and otherwise opens the gate to the shop. It returns the shop's
// background work. base is the server's address. The shop calls emitted when there are new events to deliver. A database that goes away meanwhile is waited for again.
func (a *app) openShop(ctx context.Context, d db.DB, log *slog.Logger, shop *gate, base string, emitted func()) (work func(ctx context.Context), err error) {
	for {
		if err := await(ctx, d, log); err != nil {
			return nil, err
		}
		work, err := a.tryShop(ctx, d, log, shop, base, emitted)
		if !errors.Is(err, model.Unavailable) {
			return work, err
		}
		log.WarnContext(ctx, "the database went away, waiting for it again", "error", err)
	}
}

// tryShop is openShop with a database that has just answered.
func (a *app) tryShop(ctx context.Context, d db.DB, log *slog.Logger, shop *gate, base string, emitted func()) (work func(ctx context.Context), err error) {
	report, err := db.Check(ctx, d)
	if err != nil {
		return nil, err
	}
	if err := report.Err(); err != nil {
		return nil, err
	}
	for _, note := range report.Notes {
		log.DebugContext(ctx, note)
	}
	if err := a.movePictures(ctx, d, log, base); err != nil {
		return nil, err
	}
	if err := analyze(ctx, d, log); err != nil {
		return nil, err
	}
	h, work, err := handler(ctx, a.cfg, d, log, emitted)
	if err != nil {
		return nil, err
	}
	shop.open(h)
	return work, nil
}

// analyze has PostgreSQL know a database that has just been restored. If that cannot be, the shop is served nevertheless.
func analyze(ctx context.Context, d db.DB, log *slog.Logger) error {
	n, err := d.AnalyzeNew(ctx)
	switch {
	case errors.Is(err, model.Unavailable):
		return err
	case err != nil:
		log.WarnContext(ctx, "PostgreSQL has no statistics of some tables, so that lists may be slow", "error", err)
	case n > 0:
		log.InfoContext(ctx, "had PostgreSQL make the statistics that it lacked", "tables", n)
	}
	return nil
}

// await returns when the database answers, or with an error when ctx ends or the server answers that it lets nobody in.
func await(ctx context.Context, d db.DB, log *slog.Logger) error {
	var told time.Time
	for {
		err := d.Ping(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := db.Refusal(err); err != nil {
			return refused(err)
		}
		if time.Since(told) > 10*time.Second {
			log.WarnContext(ctx, "the database does not answer, retrying", "error", err)
			told = time.Now()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryTime):
		}
	}
}

// A gate answers only whether the process is running until it is opened. Other requests are held meanwhile, so that a proxy in front
// sees a slow answer and no error.
type gate struct {
	before http.Handler  // while it is closed
	opened chan struct{} // closed when it is open
	h      http.Handler  // when it is open
}

func newGate() *gate {
	g := &gate{opened: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", live)
	mux.HandleFunc("GET /health/ready", unready)
	mux.HandleFunc("/", g.hold)
	g.before = mux
	return g
}

// open opens the gate to a handler, once.
func (g *gate) open(h http.Handler) {
	g.h = h
	close(g.opened)
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-g.opened:
		g.h.ServeHTTP(w, r)
	default:
		g.before.ServeHTTP(w, r)
	}
}

// hold answers a request when the gate is open, unless its client has gone by then.
func (g *gate) hold(w http.ResponseWriter, r *http.Request) {
	select {
	case <-g.opened:
		g.h.ServeHTTP(w, r)
	case <-r.Context().Done():
	}
}

// listenAddress returns the address to listen on. By default the private shop is reached from this machine only.
func (c Config) listenAddress() string {
	host := c.Host
	if host == "" && c.private() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(c.Port))
}

// baseURL returns the address at which a browser on this machine reaches the server.
func baseURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// greet prints the playground's address, a publishable key, example requests and the codes of the demo shop, and how long it took until the first answer.
func (a *app) greet(ctx context.Context, d db.DB, base string) error {
	key, err := d.AnyPublishableKey(ctx)
	if err != nil {
		return err
	}
	first := base + "/health/ready"
	if key != "" {
		first = base + "/store/products?limit=1"
	}
	if err := answer(ctx, first, key); err != nil {
		return err
	}
	took := time.Since(a.begun).Round(10 * time.Millisecond)
	w := &errWriter{w: a.stdout}
	fmt.Fprintf(w, "\nPlayground       %s/\n", base)
	if key != "" {
		fmt.Fprintf(w, "Publishable key  %s\n\n", key)
		fmt.Fprintf(w, "curl -H 'x-publishable-api-key: %s' '%s/store/regions?fields=name,currency_code'\n", key, base)
		fmt.Fprintf(w, "curl -H 'x-publishable-api-key: %s' '%s/store/products?limit=3&fields=title,handle,*variants'\n", key, base)
		fmt.Fprintf(w, "curl -H 'x-publishable-api-key: %s' -H 'content-type: application/json' %s/graphql -d '{\"query\":\"{ products(first: 3) { totalCount nodes { title handle } } }\"}'\n", key, base)
	}
	codes, err := seed.Codes(ctx, d)
	if err != nil {
		return err
	}
	if len(codes) > 0 {
		fmt.Fprintf(w, "\nCodes for carts\n")
	}
	for _, c := range codes {
		fmt.Fprintf(w, "  %-14s %s\n", cmp.Or(c.Code, "(no code)"), c.About)
	}
	fmt.Fprintf(w, "\nFirst answer after %s. Ctrl-C stops everything.\n\n", took)
	return w.err
}

// answer sends a request to the server itself and fails unless the status is 200.
func answer(ctx context.Context, url, key string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("x-publishable-api-key", key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", url, res.Status, body)
	}
	return err
}

// errWriter keeps the first error of several writes and ignores the writes after it.
type errWriter struct {
	w   io.Writer
	err error
}

func (w *errWriter) Write(p []byte) (int, error) {
	if w.err == nil {
		_, w.err = w.w.Write(p)
	}
	return len(p), w.err
}
