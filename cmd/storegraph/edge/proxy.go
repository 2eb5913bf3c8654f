package edge

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

// ParseProxies reads a comma-separated list of networks and single addresses, such as "10.0.0.0/8, ::1".
func ParseProxies(list string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		proxy, err := netip.ParsePrefix(entry)
		if err != nil {
			addr, addrErr := netip.ParseAddr(entry)
			if addrErr != nil {
				return nil, fmt.Errorf("trusted proxy %q is neither a network nor an address", entry)
			}
			proxy = netip.PrefixFrom(addr, addr.BitLen())
		}
		proxies = append(proxies, proxy.Masked())
	}
	return proxies, nil
}

// TrustProxies finds the address of the client and the scheme it used; ClientAddr and Scheme return them. It
// reads X-Forwarded-For and X-Forwarded-Proto from their end up to the first address that is not a trusted proxy, so that
// a client cannot choose its own address. A peer that sends these headers without being trusted is logged once: behind a proxy that
// is not listed all clients have one address.
func TrustProxies(proxies []netip.Prefix, log *slog.Logger) func(http.Handler) http.Handler {
	var warned sync.Once
	trusted := func(addr netip.Addr) bool {
		for _, p := range proxies {
			if p.Contains(addr) {
				return true
			}
		}
		return false
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r, q := note(r)
			q.client, q.scheme = peer(r)
			if !trusted(q.client) && r.Header.Get("X-Forwarded-For") != "" {
				warned.Do(func() {
					log.WarnContext(r.Context(), "a proxy that is not in TRUSTED_PROXIES forwards requests: their clients are taken to be the proxy", "proxy", q.client)
				})
			}
			hops, schemes := forwarded(r.Header, "X-Forwarded-For"), forwarded(r.Header, "X-Forwarded-Proto")
			for trusted(q.client) && (len(hops) > 0 || len(schemes) > 0) {
				// Proxies that append give one scheme for each hop. One that replaces the header gives a single scheme, which
				// then holds for the hops before it.
				if n := len(schemes); n > 0 {
					q.scheme = known(schemes[n-1])
					schemes = schemes[:n-1]
				}
				n := len(hops)
				if n == 0 {
					break
				}
				addr, err := parseHop(hops[n-1])
				if err != nil {
					break
				}
				q.client, hops = addr, hops[:n-1]
			}
			next.ServeHTTP(w, r)
		})
	}
}

// ClientAddr returns the address of the client that made the request ctx belongs to. It is invalid outside a request and
// for a peer without an IP address, such as a Unix socket.
func ClientAddr(ctx context.Context) netip.Addr {
	if q := found(ctx); q != nil {
		return q.client
	}
	return netip.Addr{}
}

// Scheme returns "https" if the client reached us, or the outermost trusted proxy, over TLS, and otherwise "http".
func Scheme(ctx context.Context) string {
	if q := found(ctx); q != nil && q.scheme != "" {
		return q.scheme
	}
	return "http"
}

func peer(r *http.Request) (addr netip.Addr, scheme string) {
	addr, _ = parseHop(r.RemoteAddr)
	if r.TLS != nil {
		return addr, "https"
	}
	return addr, "http"
}

// parseHop reads an address with or without a port. Zones are dropped and IPv4 in IPv6 is unwrapped, so that one client
// has one address.
func parseHop(s string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		ap, portErr := netip.ParseAddrPort(s)
		if portErr != nil {
			return netip.Addr{}, err
		}
		addr = ap.Addr()
	}
	return addr.Unmap().WithZone(""), nil
}

func forwarded(h http.Header, name string) []string {
	var all []string
	for _, line := range h[name] {
		for entry := range strings.SplitSeq(line, ",") {
			all = append(all, strings.TrimSpace(entry))
		}
	}
	return all
}

func known(scheme string) string {
	if strings.EqualFold(scheme, "https") {
		return "https"
	}
	return "http"
}
