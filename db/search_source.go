package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model/search"
)

// languages are the text search configurations of Postgres by language. They stem words and know which ones do not count.
var languages = map[string]string{
	"ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "eu": "basque", "fi": "finnish",
	"fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
	"nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
	"sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}

// configuration returns the text search configuration of a locale, a BCP 47 tag: one without stems where its language has none.
func configuration(locale string) string {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if name := languages[language]; name != "" {
		return name
	}
	return "simple"
}

// configured is the text search configuration of a name, an SQL expression, or the one without stems if the database lacks it.
func configured(name string) string {
	return "coalesce((SELECT oid FROM pg_ts_config WHERE cfgname = " + name + " AND cfgnamespace = 'pg_catalog'::regnamespace), 'pg_catalog.simple'::regconfig)::regconfig"
}

// A subject is what a search document is of.
type subject string

const (
	subjectProduct    subject = "product"
	subjectCategory   subject = "category"
	subjectCollection subject = "collection"
)

// The places of a text in a document.
const (
	placeTitle = "title"
	placeLabel = "label"
	placeCode  = "code" // a label that is no word
	placeText  = "text"
)

// sources are the queries of the texts of things of a kind that can be seen: each with the thing's id, its place, and the id of the row and
// the name of the column under which translations have it.
var sources = map[subject]string{
	subjectProduct: `WITH p AS MATERIALIZED (SELECT * FROM product WHERE id = ANY($1) AND deleted_at IS NULL AND status = 'published')
SELECT p.id, 'title', p.id, 'title', p.title FROM p
UNION ALL SELECT p.id, 'text', p.id, 'subtitle', p.subtitle FROM p WHERE p.subtitle <> ''
UNION ALL SELECT p.id, 'text', p.id, 'description', p.description FROM p WHERE p.description <> ''
UNION ALL SELECT p.id, 'label', p.id, 'material', p.material FROM p WHERE p.material <> ''
UNION ALL SELECT p.id, 'label', o.id, 'value', o.value FROM p JOIN product_type o ON o.id = p.type_id AND o.deleted_at IS NULL
UNION ALL SELECT p.id, 'label', o.id, 'title', o.title FROM p JOIN product_collection o ON o.id = p.collection_id AND o.deleted_at IS NULL
UNION ALL SELECT p.id, 'label', o.id, 'value', o.value FROM p JOIN product_tags l ON l.product_id = p.id
	JOIN product_tag o ON o.id = l.product_tag_id AND o.deleted_at IS NULL
UNION ALL SELECT DISTINCT p.id, 'label', o.id, 'name', o.name FROM p JOIN product_category_product l ON l.product_id = p.id
	JOIN product_category c ON c.id = l.product_category_id` + shownCategory + `
	JOIN product_category o ON o.id = ANY(string_to_array(c.mpath, '.') || c.id) AND o.deleted_at IS NULL AND o.is_active AND NOT o.is_internal
UNION ALL SELECT DISTINCT p.id, 'label', o.id, 'value', o.value FROM p JOIN product_variant pv ON pv.product_id = p.id AND pv.deleted_at IS NULL
	JOIN product_variant_option l ON l.variant_id = pv.id JOIN product_option_value o ON o.id = l.option_value_id AND o.deleted_at IS NULL
UNION ALL SELECT p.id, 'code', pv.id, '', concat_ws(' ', pv.sku, pv.barcode, pv.ean, pv.upc) FROM p
	JOIN product_variant pv ON pv.product_id = p.id AND pv.deleted_at IS NULL`,
	subjectCategory: `SELECT c.id, 'title', c.id, 'name', c.name FROM product_category c WHERE c.id = ANY($1)` + shownCategory + `
UNION ALL SELECT c.id, 'text', c.id, 'description', c.description FROM product_category c WHERE c.id = ANY($1) AND c.description <> ''` + shownCategory,
	subjectCollection: `SELECT o.id, 'title', o.id, 'title', o.title FROM product_collection o WHERE o.id = ANY($1) AND o.deleted_at IS NULL`,
}

// A sourceText is a text of a thing, in the shop's own language.
type sourceText struct{ place, row, column, text string }

// A documentKey names a document.
type documentKey struct {
	kind       subject
	id, locale string
}

// marks are lexemes that the vectors of a document have besides its words, so that an index finds the few that are of no product, or in a
// language, without looking at all others.
func (k documentKey) marks() []string {
	var out []string
	if k.kind != subjectProduct {
		out = append(out, "="+string(k.kind))
	}
	if k.locale != "" {
		out = append(out, "@"+k.locale)
	}
	return out
}

// A document has the words by which something is found in a locale.
type document struct {
	documentKey
	size                 int
	title, labels, texts []string
	terms, words         []string          // that are counted
	spelling             map[string]string // of those
	digest               string
}

// documents reads the things of a kind with these ids and makes their documents. What does not exist, or cannot be seen, has none.
func (d DB) documents(ctx context.Context, of subject, ids, locales []string, format string) (map[documentKey]*document, error) {
	texts := map[string][]sourceText{}
	rows := map[string]bool{}
	err := d.run(ctx, func(b *batch) {
		clear(texts)
		clear(rows)
		b.read(sources[of], []any{ids}, func(c *cursor) {
			id, t := c.text(), sourceText{c.text(), c.text(), c.text(), c.text()}
			texts[id] = append(texts[id], t)
			rows[t.row] = true
		})
	})
	if err != nil {
		return nil, err
	}
	translated, err := d.translationsOf(ctx, slices.Collect(maps.Keys(rows)), locales)
	if err != nil {
		return nil, err
	}
	out := map[documentKey]*document{}
	for id, sources := range texts {
		if !slices.ContainsFunc(sources, func(t sourceText) bool { return t.place == placeTitle }) {
			continue
		}
		for _, locale := range append([]string{""}, locales...) {
			doc := newDocument(documentKey{of, id, locale}, sources, translated[locale], format)
			out[doc.documentKey] = doc
		}
	}
	return out, nil
}

// translationsOf returns the texts of rows in languages, by locale, row and column.
func (d DB) translationsOf(ctx context.Context, rows, locales []string) (map[string]map[string]map[string]string, error) {
	out := map[string]map[string]map[string]string{}
	if len(locales) == 0 {
		return out, nil
	}
	var wrong error
	err := d.run(ctx, func(b *batch) {
		clear(out)
		b.read(`SELECT locale_code, reference_id, translations FROM translation WHERE reference_id = ANY($1) AND locale_code = ANY($2) AND deleted_at IS NULL`,
			[]any{rows, locales}, func(c *cursor) {
				locale, row := c.text(), c.text()
				var fields map[string]any
				if err := json.Unmarshal(c.json(), &fields); err != nil {
					wrong = err
					return
				}
				if out[locale] == nil {
					out[locale] = map[string]map[string]string{}
				}
				texts := map[string]string{}
				for column, v := range fields {
					if s, ok := v.(string); ok && strings.TrimSpace(s) != "" {
						texts[column] = s
					}
				}
				out[locale][row] = texts
			})
	})
	if err == nil {
		err = wrong
	}
	return out, err
}

// newDocument makes a document of texts, those of which there is a translation being replaced by it.
func newDocument(key documentKey, texts []sourceText, translated map[string]map[string]string, format string) *document {
	d := &document{documentKey: key, spelling: map[string]string{}}
	in := map[string][]string{}
	for _, t := range texts {
		if other := translated[t.row][t.column]; other != "" {
			t.text = other
		}
		in[t.place] = append(in[t.place], t.text)
	}
	of := func(place string) (joined string, words []string) {
		slices.Sort(in[place]) // rows come in any order
		joined = search.Plain(strings.Join(in[place], "\n"))
		return joined, append(search.Words(joined), search.Compounds(joined)...)
	}
	title, titleWords := of(placeTitle)
	label, labelWords := of(placeLabel)
	_, codeWords := of(placeCode)
	text, textWords := of(placeText)
	d.size = len(search.Words(title))
	d.title = distinct(titleWords)
	d.terms = distinct(titleWords, labelWords)
	d.labels = distinct(d.terms, codeWords)
	d.texts = distinct(d.labels, textWords)
	d.words = without(distinct(textWords), d.terms)
	for _, s := range []string{title, label, text} {
		for word, spelling := range search.Spelling(s) {
			if d.spelling[word] == "" {
				d.spelling[word] = spelling
			}
		}
	}
	sum := sha256.New()
	for _, words := range [][]string{{format, key.locale, title, label}, d.title, d.labels, d.texts, d.terms} {
		sum.Write([]byte(strings.Join(words, " ") + "\n"))
	}
	d.digest = hex.EncodeToString(sum.Sum(nil)[:12])
	return d
}

// distinct returns the words of lists, each once.
func distinct(lists ...[]string) []string {
	seen := map[string]bool{}
	out := []string{}
	for _, list := range lists {
		for _, w := range list {
			if !seen[w] {
				seen[w] = true
				out = append(out, w)
			}
		}
	}
	return out
}
