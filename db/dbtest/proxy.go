package dbtest

import (
	"context"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// A Fate is what a Proxy does with what a client sends.
type Fate int

// The fates.
const (
	Pass  Fate = iota // it goes on to the database
	Cut               // the connection ends, and the database never gets it
	After             // the database gets it and answers, and the connection ends without the client getting the answer
	Race              // the connection ends, and the database may get it a little later
)

// Proxy returns the address of the database at the address of one of this package behind a proxy. It asks decide for the fate of each
// piece that a client sends after it has logged in; decide may be called at the same time from several connections.
func Proxy(t testing.TB, address string, decide func(sent []byte) Fate) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	behind := u.Host
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		_ = l.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { relay(ctx, client, behind, decide) })
		}
	})
	u.Host = l.Addr().String()
	return u.String()
}

// relay relays one connection until either side ends it, or ctx ends.
func relay(ctx context.Context, client net.Conn, behind string, decide func(sent []byte) Fate) {
	defer func() { _ = client.Close() }()
	server, err := new(net.Dialer).DialContext(ctx, "tcp", behind)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	stop := context.AfterFunc(ctx, func() {
		_ = client.Close()
		_ = server.Close()
	})
	defer stop()
	var back sync.WaitGroup
	var mute atomic.Bool // what the database answers is the end of the connection
	defer back.Wait()
	defer func() {
		_ = client.Close()
		_ = server.Close()
	}()
	back.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if n > 0 && !mute.Load() {
				_, _ = client.Write(buf[:n])
			}
			if err != nil || mute.Load() {
				_ = client.Close()
				return
			}
		}
	})
	buf := make([]byte, 64<<10)
	for began := false; ; {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		fate := Pass
		// A query, a statement to parse or to bind, or the end of a batch; what comes before belongs to the log-in.
		if began = began || buf[0] == 'Q' || buf[0] == 'P' || buf[0] == 'B'; began {
			fate = decide(buf[:n])
		}
		switch fate {
		case Pass:
		case Cut:
			return
		case After:
			mute.Store(true)
		case Race:
			_ = client.Close()
		}
		if _, err := server.Write(buf[:n]); err != nil || fate == Race {
			return
		}
	}
}
