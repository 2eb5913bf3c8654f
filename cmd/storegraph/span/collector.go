package span

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

const (
	// defaultTimeout is how long one attempt to send may take.
	defaultTimeout = 10 * time.Second
	// retryTime is how long after the first attempt another is made.
	retryTime = time.Minute
	// firstPause and lastPause are the times between two attempts.
	firstPause, lastPause = time.Second, 30 * time.Second
	// mostAnswer is how much of an answer is read.
	mostAnswer = 64 << 10
)

// A collector sends spans to a collector of OpenTelemetry, as protobuf over HTTP. It is the client of an exporter in place of
// OpenTelemetry's own, which brings the whole of gRPC with it.
type collector struct {
	url     string
	header  http.Header
	gzip    bool
	client  *http.Client
	stopped context.Context //nolint:containedctx // it ends what is on its way when the collector is stopped
	stop    context.CancelFunc
}

// newCollector returns the collector at an address, which the standard environment variables say more about.
func newCollector(address string, getenv func(string) string) (*collector, error) {
	v := variables{getenv}
	c := &collector{url: address, header: http.Header{}}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	c.client = &http.Client{Transport: transport}
	var errs [4]error
	errs[0] = v.headers(c.header)
	c.client.Timeout, errs[1] = v.timeout()
	c.gzip, errs[2] = v.compressed()
	transport.TLSClientConfig, errs[3] = v.tls()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	c.header.Set("Content-Type", "application/x-protobuf")
	if c.gzip {
		c.header.Set("Content-Encoding", "gzip")
	}
	c.stopped, c.stop = context.WithCancel(context.Background())
	return c, nil
}

// variables are those of the environment that say how spans are sent.
type variables struct{ getenv func(string) string }

// of returns the value of a variable and its name: that for traces alone, if it is set, or that for everything.
func (v variables) of(name string) (value, from string) {
	for _, from = range []string{"OTEL_EXPORTER_OTLP_TRACES_" + name, "OTEL_EXPORTER_OTLP_" + name} {
		if value = strings.TrimSpace(v.getenv(from)); value != "" {
			break
		}
	}
	return value, from
}

// headers adds the headers that are sent with spans: names and values in percent-encoding, separated by commas.
func (v variables) headers(to http.Header) error {
	text, from := v.of("HEADERS")
	if text == "" {
		return nil
	}
	for pair := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !ok || err != nil || name == "" || strings.ContainsAny(name, " \t:") || strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("%s: want name=value, separated by commas, with %%2C for a comma in a value", from) // without the text, which may be a secret
		}
		to.Set(name, value)
	}
	return nil
}

func (v variables) timeout() (time.Duration, error) {
	text, from := v.of("TIMEOUT")
	if text == "" {
		return defaultTimeout, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s=%q: want a number of milliseconds", from, text)
	}
	return time.Duration(n) * time.Millisecond, nil // 0 is no limit, for the variable and for the client
}

func (v variables) compressed() (bool, error) {
	text, from := v.of("COMPRESSION")
	switch text {
	case "", "none":
		return false, nil
	case "gzip":
		return true, nil
	}
	return false, fmt.Errorf("%s=%q: want gzip or none", from, text)
}

// tls returns whom to trust, and what to be known by.
func (v variables) tls() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if path, from := v.of("CERTIFICATE"); path != "" {
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s=%q: want a file of certificates in PEM", from, path)
		}
	}
	certificate, from := v.of("CLIENT_CERTIFICATE")
	key, _ := v.of("CLIENT_KEY")
	if certificate == "" && key == "" {
		return c, nil
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("%s and its key: %w", from, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

// Start does nothing: spans are sent on connections that are made then.
func (c *collector) Start(context.Context) error { return nil }

// Stop ends what is on its way.
func (c *collector) Stop(context.Context) error {
	c.stop()
	c.client.CloseIdleConnections()
	return nil
}

// UploadTraces sends spans, and sends them again if the collector says that it may take them later. It fails when they are lost.
func (c *collector) UploadTraces(ctx context.Context, spans []*otlp.ResourceSpans) error {
	body, err := c.body(spans)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.stopped, cancel)()
	ends := time.Now().Add(retryTime)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := c.send(ctx, body)
		later, ok := errors.AsType[*laterError](err)
		if !ok {
			return err
		}
		wait := max(later.after, pause/2+rand.N(pause))
		if time.Now().Add(wait).After(ends) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// body returns the spans as they are sent. TracesData has the same form as the request of the collector's service.
func (c *collector) body(spans []*otlp.ResourceSpans) ([]byte, error) {
	plain, err := proto.Marshal(&otlp.TracesData{ResourceSpans: spans})
	if err != nil || !c.gzip {
		return plain, err
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// A laterError says that spans were not taken, but may be if they are sent again.
type laterError struct {
	cause error
	after time.Duration // not before that
}

func (e *laterError) Error() string { return e.cause.Error() }
func (e *laterError) Unwrap() error { return e.cause }

// send makes one attempt. No error tells the address, which may have a password.
func (c *collector) send(ctx context.Context, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("the collector's address is wrong")
	}
	r.Header = c.header.Clone()
	r.Header.Set("User-Agent", "storegraph")
	res, err := c.client.Do(r)
	if err != nil {
		return unreached(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	switch {
	case res.StatusCode/100 != 2:
		return refusal(res, answer)
	case err != nil:
		return unreached(ctx, err)
	}
	return rejected(res.Header.Get("Content-Type"), answer)
}

// unreached is the error of an attempt that got no answer.
func unreached(ctx context.Context, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	err = fmt.Errorf("the collector does not answer: %w", err)
	if ctx.Err() != nil {
		return err
	}
	return &laterError{cause: err}
}

// refusal is the error of an answer that spans were not taken.
func refusal(res *http.Response, answer []byte) error {
	err := fmt.Errorf("the collector answered %s", res.Status)
	if text := strings.TrimSpace(string(answer)); text != "" && !strings.Contains(res.Header.Get("Content-Type"), "protobuf") {
		err = fmt.Errorf("%w: %.200s", err, text)
	}
	switch res.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return &laterError{cause: err, after: retryAfter(res.Header.Get("Retry-After"))}
	}
	return err
}

// retryAfter reads the header of this name: a number of seconds, or a time.
func retryAfter(text string) time.Duration {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// rejected returns an error if an answer says that some spans were not taken. It reads ExportTraceServiceResponse, whose first field is
// partial_success, with the number of spans that were rejected and why.
func rejected(media string, answer []byte) error {
	if media != "application/x-protobuf" {
		return nil
	}
	var n uint64
	var why []byte
	if partial := field(answer, 1, protowire.BytesType, protowire.ConsumeBytes); len(partial) > 0 {
		n = field(partial, 1, protowire.VarintType, protowire.ConsumeVarint)
		why = field(partial, 2, protowire.BytesType, protowire.ConsumeBytes)
	}
	if n == 0 && len(why) == 0 {
		return nil
	}
	return fmt.Errorf("the collector rejected %d spans: %.200s", n, why)
}

// field returns the value of a field of a message; none, if the message is broken.
func field[T any](message []byte, number protowire.Number, kind protowire.Type, read func([]byte) (T, int)) (value T) {
	for len(message) > 0 {
		num, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return value
		}
		message = message[n:]
		if num == number && typ == kind {
			value, _ = read(message)
			return value
		}
		if n = protowire.ConsumeFieldValue(num, typ, message); n < 0 {
			return value
		}
		message = message[n:]
	}
	return value
}
