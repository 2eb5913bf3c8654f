package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/storegraph/storegraph/graph/transport"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/recent"
)

// A TrustedDocument is one that clients name by its id instead of sending its text.
type TrustedDocument struct {
	ID   string
	Name string // of its operation; empty if the manifest does not say it
	Type string // of its operation: query, mutation or subscription; empty likewise
	Text string
}

// ReadManifest reads the trusted documents of a manifest: Apollo's persisted-query-manifest.json, or a JSON object of texts by ids, as
// Relay's compiler writes it.
func ReadManifest(manifest []byte) ([]TrustedDocument, error) {
	var apollo struct {
		Format     string
		Version    int
		Operations []struct{ ID, Name, Type, Body string }
	}
	var texts map[string]string
	if json.Unmarshal(manifest, &texts) == nil && texts["format"] == "" {
		out := make([]TrustedDocument, 0, len(texts))
		for id, text := range texts {
			out = append(out, TrustedDocument{ID: id, Text: text})
		}
		slices.SortFunc(out, func(a, b TrustedDocument) int { return strings.Compare(a.ID, b.ID) })
		return out, nil
	}
	if err := json.Unmarshal(manifest, &apollo); err != nil {
		return nil, fmt.Errorf("it is neither Apollo's manifest nor an object of texts by ids: %w", err)
	}
	if apollo.Format != "apollo-persisted-query-manifest" || apollo.Version != 1 {
		return nil, fmt.Errorf("its format is %q, version %d; want apollo-persisted-query-manifest, version 1, or an object of texts by ids", apollo.Format, apollo.Version)
	}
	out := make([]TrustedDocument, len(apollo.Operations))
	for i, o := range apollo.Operations {
		out[i] = TrustedDocument{ID: o.ID, Name: o.Name, Type: o.Type, Text: o.Body}
	}
	return out, nil
}

// persisted finds documents that clients name: trusted ones by their ids, and those that clients have sent before by their hashes.
type persisted struct {
	trusted map[string]*document // by id, by hash, and by sha256: and hash
	texts   map[string]*document // the same by text
	only    bool
	sent    *recent.Cache[string, string] // texts by their hashes
}

// How much is remembered of what clients have sent.
const (
	rememberedSent      = 10_000
	rememberedSentTexts = 16 << 20
)

// sha256Prefix begins an id that is the hash of the text: see the appendix of GraphQL over HTTP about persisted documents.
const sha256Prefix = "sha256:"

// newPersisted fails if a trusted document is not valid, exceeds a limit, or is not what the manifest says.
func newPersisted(d *documents, c Config) (*persisted, error) {
	p := &persisted{
		trusted: map[string]*document{}, texts: map[string]*document{}, only: c.DocumentsOnly,
		sent: recent.New[string, string](rememberedSent, rememberedSentTexts),
	}
	var wrong []error
	for _, t := range c.Documents {
		if err := p.trust(d, c.Limits, t); err != nil {
			wrong = append(wrong, &DocumentError{t.ID, t.Name, err})
		}
	}
	return p, errors.Join(wrong...)
}

// A DocumentError says why a trusted document cannot run.
type DocumentError struct {
	ID, Name string // as its manifest has them
	Err      error
}

// Error names the document and what is wrong with it.
func (e *DocumentError) Error() string {
	return fmt.Sprintf("document %s %s: %s", e.ID, e.Name, strings.TrimSpace(e.Err.Error()))
}

// Unwrap returns what is wrong.
func (e *DocumentError) Unwrap() error { return e.Err }

func (p *persisted) trust(d *documents, l Limits, t TrustedDocument) error {
	if t.ID == "" {
		return errors.New("it has no id")
	}
	doc, ok := p.texts[t.Text]
	if !ok {
		var errs gqlerror.List
		if doc, errs = d.compile(t.Text); errs != nil {
			return errs
		}
		for _, c := range doc.costs {
			if err := c.within(l); err != nil {
				return err
			}
		}
	}
	if t.Name != "" {
		op := doc.doc.Operations.ForName(t.Name)
		if op == nil || t.Type != "" && string(op.Operation) != t.Type {
			return fmt.Errorf("it has no %s %s", t.Type, t.Name)
		}
	}
	hash := hashOf(t.Text)
	ids := []string{t.ID, hash, sha256Prefix + hash}
	if bare := strings.TrimPrefix(t.ID, sha256Prefix); isHash.MatchString(bare) { // of another text than the manifest's, such as before a formatter
		ids = append(ids, bare, sha256Prefix+bare)
	}
	for _, id := range ids {
		if other := p.trusted[id]; other != nil && other != doc {
			return errors.New("another document has the same id")
		}
		p.trusted[id] = doc
	}
	p.texts[t.Text], doc.trusted = doc, true
	return nil
}

var isHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// The refusals of documents that are not known. The words of the first two are those by which clients know them.
var (
	errNotFound   = refuse(model.NotFound, codePersistedMissing, "PersistedQueryNotFound")
	errNotHere    = refuse(model.NotAllowed, codePersistedRefused, "PersistedQueryNotSupported")
	errNoDocument = refuse(model.NotFound, codePersistedMissing, "there is no document with this id")
	errOnly       = refuse(model.NotAllowed, codeForbidden, "only the documents of the server's manifest run here: send the documentId of one")
)

// find returns the document that a request names or has. What a client sends with its hash is remembered, if it is valid.
func (p *persisted) find(d *documents, q *transport.Params) (*document, gqlerror.List) {
	hash, err := sentHash(q)
	switch {
	case err != nil:
		return refused(err)
	case q.DocumentID != "":
		return p.byID(d, q)
	case hash == "":
		if doc := p.texts[q.Query]; doc != nil {
			return doc, nil
		}
		if p.only {
			return refused(errOnly)
		}
		return d.load(q.Query)
	}
	if doc := p.trusted[hash]; doc != nil { // Apollo's client sends the ids of a manifest as hashes
		return doc, nil
	}
	if p.only {
		return refused(errNotHere)
	}
	return p.bySentHash(d, q, hash)
}

func (p *persisted) byID(d *documents, q *transport.Params) (*document, gqlerror.List) {
	if q.Query != "" {
		return refused(model.Invalid.Errorf("send documentId or query, not both"))
	}
	if doc := p.trusted[q.DocumentID]; doc != nil {
		return doc, nil
	}
	if hash, ok := strings.CutPrefix(q.DocumentID, sha256Prefix); ok && !p.only {
		if text, ok := p.sent.Get(hash); ok {
			return d.load(text)
		}
	}
	return refused(errNoDocument)
}

func (p *persisted) bySentHash(d *documents, q *transport.Params, hash string) (*document, gqlerror.List) {
	if q.Query == "" {
		text, ok := p.sent.Get(hash)
		if !ok {
			return refused(errNotFound)
		}
		return d.load(text)
	}
	if hashOf(q.Query) != hash {
		return refused(model.Invalid.Errorf("extensions.persistedQuery.sha256Hash is not the hash of query"))
	}
	doc, errs := d.load(q.Query)
	if errs == nil && !q.Safe {
		p.sent.Add(hash, q.Query, len(q.Query)+len(hash))
	}
	return doc, errs
}

// sentHash returns the hash of an automatic persisted query, and nothing if the request is for none.
func sentHash(q *transport.Params) (string, error) {
	asked, ok := q.Extensions["persistedQuery"]
	if !ok || asked == nil {
		return "", nil
	}
	of, _ := asked.(map[string]any)
	hash, _ := of["sha256Hash"].(string)
	if fmt.Sprint(of["version"]) != "1" || hash == "" {
		return "", model.Invalid.Errorf("extensions.persistedQuery must have version 1 and sha256Hash")
	}
	return hash, nil
}

func refused(err error) (*document, gqlerror.List) { return nil, gqlerror.List{gqlerror.Wrap(err)} }
