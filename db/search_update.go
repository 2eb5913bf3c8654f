package db

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/storegraph/storegraph/model/search"
)

const (
	// searchVersion changes whenever documents are made otherwise.
	searchVersion = "1"
	// documentsAtOnce is how many things are written anew in one transaction.
	documentsAtOnce = 500
	// positionAge is how many rounds with changes that concern no document may go by before the position is saved: long before the log
	// has more than is read at once, or is shortened.
	positionAge = 40
	// unloggedRounds is how many rounds go by before it is looked again whether changes are logged.
	unloggedRounds = 20
	// searchLock is the advisory lock that lets one server at a time write: "search" in letters.
	searchLock = 0x736561726368
)

// searchFormat says how documents are made.
func (d DB) searchFormat() string { return searchVersion + " " + configuration(d.language) }

// A searchState is the row about all documents.
type searchState struct {
	format  string
	locales []string
	at      Position
	ready   bool

	revision string // another one for other documents
}

const readSearchState = `SELECT format, array_to_string(locales, ' '), snapshot, log, last, ready, revision::text FROM storegraph.search_state`

func (s *searchState) scan(c *cursor) {
	*s = searchState{format: c.text(), locales: strings.Fields(c.text()), at: Position{snapshot: c.text(), log: c.text(), last: c.text()}, ready: c.bool(), revision: c.text()}
}

// A searchKeeper keeps the words by which things are found up to date.
type searchKeeper struct {
	d       DB
	at      Position // up to where it is known that nothing is to be done
	busy    bool     // something may have been left
	unsaved int      // rounds since the position was saved
	rest    int      // rounds in which nothing is looked for
}

// KeepSearch keeps the words by which products, categories and collections are found up to date until ctx ends, from the log of changes.
// Any number of servers may do so: they share the work. Nothing is done while changes are not logged. failed is told the first of errors
// that follow each other.
func (d DB) KeepSearch(ctx context.Context, failed func(err error)) {
	k := searchKeeper{d: d, busy: true}
	fails := false
	d.FollowChanges(ctx, func() {
		err := k.round(ctx)
		if err != nil && !fails && ctx.Err() == nil {
			failed(err)
		}
		fails = err != nil
	})
}

// UpdateSearch brings the words by which things are found up to date with what is committed, as KeepSearch does all the time, unless
// another server is doing so.
func (d DB) UpdateSearch(ctx context.Context) error {
	return (&searchKeeper{d: d, busy: true}).round(ctx)
}

func (k *searchKeeper) round(ctx context.Context) (err error) {
	if k.rest > 0 {
		k.rest--
		return nil
	}
	changes, err := k.d.changesSince(ctx, k.at)
	if err == nil && !changes.Installed {
		k.rest = unloggedRounds
	}
	if err != nil || !changes.Installed {
		k.busy = true
		return err
	}
	if !changes.None() {
		k.unsaved++
	}
	if !k.busy && !changes.wordy() && k.unsaved < positionAge {
		k.at = changes.Position
		return nil
	}
	k.busy = true
	ctx, ended := k.d.job(ctx, "follow search")
	defer func() { ended(err) }()
	at, ok, err := k.take(ctx)
	for more := ok; more && err == nil; {
		more, ok, err = k.write(ctx)
	}
	if err == nil && ok {
		k.at, k.busy, k.unsaved = at, false, 0
	}
	return err
}

// wordy reports whether changes may concern documents.
func (c *changeDetails) wordy() bool {
	return c.Everything || len(c.worded) > 0 || c.Categories || c.Collections || c.Tags || c.Types || c.Translations
}

// locked runs fn in a transaction, alone among servers; ok is false if another one is at work.
func locked[T any](ctx context.Context, d DB, fn func(tx DB, s searchState) (T, error)) (out T, ok bool, err error) {
	out, err = InTx(ctx, d, func(tx DB) (out T, err error) {
		var s searchState
		ok = false
		err = tx.run(ctx, func(b *batch) {
			b.read(`SELECT pg_try_advisory_xact_lock($1)`, []any{searchLock}, func(c *cursor) { ok = c.bool() })
			b.read(readSearchState, nil, s.scan)
		})
		if err != nil || !ok {
			return out, err
		}
		return fn(tx, s)
	})
	return out, ok, err
}

// take notes what has to be written anew because of what has changed since the saved position, and saves the new one, which it returns.
func (k *searchKeeper) take(ctx context.Context) (Position, bool, error) {
	return locked(ctx, k.d, func(tx DB, s searchState) (Position, error) {
		c, err := tx.changesSince(ctx, s.at)
		if err != nil {
			return c.Position, err
		}
		all := c.Everything || s.format != tx.searchFormat()
		locales := s.locales
		if all || c.Translations {
			if locales, err = tx.translatedLocales(ctx); err != nil {
				return c.Position, err
			}
			all = all || !slices.Equal(locales, s.locales)
		}
		ready := s.ready && s.format == tx.searchFormat()
		return c.Position, tx.run(ctx, func(b *batch) {
			c.pend(b, all)
			b.Queue(`UPDATE storegraph.search_state SET format = $1, locales = $2, snapshot = $3, log = $4, last = $5, ready = $6`,
				tx.searchFormat(), append([]string{}, locales...), c.Position.snapshot, c.Position.log, c.Position.last, ready)
		})
	})
}

// translatedLocales returns the languages that have translations.
func (d DB) translatedLocales(ctx context.Context) ([]string, error) {
	found, err := d.Texts(ctx, `SELECT 'translation' WHERE to_regclass('public.translation') IS NOT NULL`)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return d.Texts(ctx, `SELECT DISTINCT locale_code FROM translation WHERE deleted_at IS NULL AND locale_code ~ '^\S+$' ORDER BY 1`)
}

// concerned are the queries of what has the texts of changed rows in its document, by the kind of the rows. Translations may be of rows of
// every kind.
var concerned = []struct {
	of  entity
	sql string
}{
	{entityCategory, `SELECT 'category', id FROM product_category WHERE id = ANY($1)
UNION SELECT 'product', l.product_id FROM product_category o JOIN product_category c ON c.id = o.id OR starts_with(c.mpath, o.mpath || '.')
JOIN product_category_product l ON l.product_category_id = c.id WHERE o.id = ANY($1)`},
	{entityCollection, `SELECT 'collection', id FROM product_collection WHERE id = ANY($1)
UNION SELECT 'product', id FROM product WHERE collection_id = ANY($1)`},
	{entityTag, `SELECT DISTINCT 'product', product_id FROM product_tags WHERE product_tag_id = ANY($1)`},
	{entityType, `SELECT 'product', id FROM product WHERE type_id = ANY($1)`},
}

// pend queues that the documents are written anew which changes concern, or all.
func (c *changeDetails) pend(b *batch, all bool) {
	const into, once = `INSERT INTO storegraph.search_pending `, ` ON CONFLICT DO NOTHING`
	for _, of := range concerned {
		ids, changed := c.ids[of.of]
		all = all || changed && ids == nil
	}
	if all {
		b.Queue(into + `SELECT 'product', id FROM product WHERE deleted_at IS NULL UNION ALL SELECT 'category', id FROM product_category
UNION ALL SELECT 'collection', id FROM product_collection UNION SELECT kind, id FROM storegraph.search_document` + once)
		return
	}
	if len(c.worded) > 0 {
		b.Queue(into+`SELECT 'product', unnest($1::text[])`+once, c.worded)
	}
	for _, of := range concerned {
		if ids := slices.Concat(c.ids[of.of], c.ids[entityTranslation]); len(ids) > 0 {
			b.Queue(into+of.sql+once, ids)
			if of.of == entityCategory || of.of == entityCollection { // which may be gone
				b.Queue(into+`SELECT kind, id FROM storegraph.search_document WHERE kind = $1 AND id = ANY($2)`+once, string(of.of), ids)
			}
		}
	}
}

// write writes some of what has to be written anew. more is true if there may be more.
func (k *searchKeeper) write(ctx context.Context) (more, ok bool, err error) {
	return locked(ctx, k.d, func(tx DB, s searchState) (bool, error) {
		pending := map[subject][]string{}
		err := tx.run(ctx, func(b *batch) {
			b.read(`DELETE FROM storegraph.search_pending WHERE (kind, id) IN (SELECT kind, id FROM storegraph.search_pending ORDER BY kind, id LIMIT $1)
RETURNING kind, id`, []any{documentsAtOnce}, func(c *cursor) {
				of := subject(c.text())
				pending[of] = append(pending[of], c.text())
			})
		})
		if err != nil {
			return false, err
		}
		if len(pending) == 0 {
			return false, tx.searchWritten(ctx, s)
		}
		for of, ids := range pending {
			if err := tx.rewrite(ctx, of, ids, s); err != nil {
				return false, err
			}
		}
		return true, tx.write(ctx, `UPDATE storegraph.search_state SET revision = gen_random_uuid()`)
	})
}

// searchWritten notes that all documents have been written, and has the database's indexes sorted.
func (d DB) searchWritten(ctx context.Context, s searchState) error {
	return d.run(ctx, func(b *batch) {
		for _, name := range []string{"search_document_title", "search_document_texts", "search_term_keys"} {
			b.Queue(`SELECT gin_clean_pending_list($1::regclass)`, "storegraph."+name)
		}
		if !s.ready {
			b.Queue(`ANALYZE storegraph.search_document, storegraph.search_term`)
			b.Queue(`UPDATE storegraph.search_state SET ready = true`)
		}
	})
}

// A storedDocument is what is kept of a document besides its vectors.
type storedDocument struct {
	digest       string
	terms, words []string
}

// storedDocuments reads what is kept of the documents of things; their words only if they are to be counted anew.
func (d DB) storedDocuments(ctx context.Context, of subject, ids []string, counted bool) (map[documentKey]storedDocument, error) {
	out := map[documentKey]storedDocument{}
	words := "'', ''"
	if counted {
		words = "array_to_string(terms, ' '), array_to_string(words, ' ')"
	}
	err := d.run(ctx, func(b *batch) {
		clear(out)
		b.read(`SELECT id, locale, digest, `+words+` FROM storegraph.search_document WHERE kind = $1 AND id = ANY($2)`, []any{string(of), ids}, func(c *cursor) {
			out[documentKey{of, c.text(), c.text()}] = storedDocument{c.text(), strings.Fields(c.text()), strings.Fields(c.text())}
		})
	})
	return out, err
}

// rewrite writes the documents of things that are not as they should be.
func (d DB) rewrite(ctx context.Context, of subject, ids []string, s searchState) error {
	docs, err := d.documents(ctx, of, ids, s.locales, s.format)
	if err != nil {
		return err
	}
	stored, err := d.storedDocuments(ctx, of, ids, false)
	if err != nil {
		return err
	}
	var changed []string
	for key, doc := range docs {
		if stored[key].digest != doc.digest {
			changed = append(changed, key.id)
		}
	}
	for key := range stored {
		if docs[key] == nil {
			changed = append(changed, key.id)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	changed = distinct(changed)
	if stored, err = d.storedDocuments(ctx, of, changed, true); err != nil {
		return err
	}
	maps.DeleteFunc(docs, func(key documentKey, _ *document) bool { return !slices.Contains(changed, key.id) })
	return d.run(ctx, func(b *batch) {
		b.Queue(`DELETE FROM storegraph.search_document WHERE kind = $1 AND id = ANY($2)`, string(of), changed)
		writeDocuments(b, slices.Collect(maps.Values(docs)), d.language)
		writeTerms(b, countTerms(docs, stored))
	})
}

// writeDocuments queues documents.
func writeDocuments(b *batch, docs []*document, language string) {
	var kinds, ids, locales, configurations, titles, labels, texts, terms, words, digests, marks []string
	var sizes []int
	for _, doc := range docs {
		locale := cmp.Or(doc.locale, language)
		marks = append(marks, strings.Join(doc.marks(), " "))
		kinds, ids, locales = append(kinds, string(doc.kind)), append(ids, doc.id), append(locales, doc.locale)
		configurations, sizes, digests = append(configurations, configuration(locale)), append(sizes, doc.size), append(digests, doc.digest)
		titles, labels, texts = append(titles, strings.Join(doc.title, " ")), append(labels, strings.Join(doc.labels, " ")), append(texts, strings.Join(doc.texts, " "))
		terms, words = append(terms, strings.Join(doc.terms, " ")), append(words, strings.Join(doc.words, " "))
	}
	vector := func(column string) string {
		return "array_to_tsvector(array_remove(string_to_array(" + column + " || ' ' || marks, ' '), '')) || strip(to_tsvector(" + configured("configuration") + ", " + column + "))"
	}
	b.Queue(`INSERT INTO storegraph.search_document (kind, id, locale, size, title, labels, texts, terms, words, digest)
SELECT kind, id, locale, size, `+vector("title")+`, `+vector("labels")+`, `+vector("texts")+`, string_to_array(terms, ' '), string_to_array(words, ' '), digest
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
	AS d (kind, id, locale, configuration, size, title, labels, texts, terms, words, digest, marks)`,
		kinds, ids, locales, configurations, sizes, titles, labels, texts, terms, words, digests, marks)
}

// A termKey names a word of a locale.
type termKey struct{ locale, term string }

// A termCount is by how many documents more a word is had, which may be negative.
type termCount struct {
	shown, documents int
	spelling         string // empty if it stays as it is
}

// countTerms returns what becomes of the counts of words when documents take the place of the stored ones.
func countTerms(docs map[documentKey]*document, stored map[documentKey]storedDocument) map[termKey]*termCount {
	counts := map[termKey]*termCount{}
	count := func(locale string, words []string, shown, documents int, spelling map[string]string) {
		for _, w := range words {
			key := termKey{locale, w}
			if counts[key] == nil {
				counts[key] = &termCount{}
			}
			c := counts[key]
			c.shown, c.documents = c.shown+shown, c.documents+documents
			if spelling != nil {
				c.spelling = cmp.Or(spelling[w], w)
			}
		}
	}
	for key, s := range stored {
		count(key.locale, s.terms, -1, -1, nil)
		count(key.locale, s.words, 0, -1, nil)
	}
	for key, doc := range docs {
		count(key.locale, doc.words, 0, 1, doc.spelling)
		count(key.locale, doc.terms, 1, 1, doc.spelling)
	}
	return counts
}

// writeTerms queues the changes of the counts of words.
func writeTerms(b *batch, counts map[termKey]*termCount) {
	var locales, terms, spellings, keys []string
	var shown, documents []int
	for key, c := range counts {
		var numbers []string
		for _, k := range search.TypoKeys(key.term) {
			numbers = append(numbers, strconv.Itoa(int(k)))
		}
		locales, terms, spellings, keys = append(locales, key.locale), append(terms, key.term), append(spellings, c.spelling), append(keys, strings.Join(numbers, " "))
		shown, documents = append(shown, c.shown), append(documents, c.documents)
	}
	b.Queue(`INSERT INTO storegraph.search_term (locale, term, spelling, shown, documents, keys)
SELECT locale, term, spelling, shown, documents, string_to_array(keys, ' ')::int[]
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[]) AS t (locale, term, spelling, shown, documents, keys)
ON CONFLICT (locale, term) DO UPDATE SET shown = search_term.shown + EXCLUDED.shown, documents = search_term.documents + EXCLUDED.documents,
	spelling = coalesce(nullif(EXCLUDED.spelling, ''), search_term.spelling)
WHERE EXCLUDED.shown <> 0 OR EXCLUDED.documents <> 0 OR EXCLUDED.spelling NOT IN ('', search_term.spelling)`,
		locales, terms, spellings, shown, documents, keys)
	b.Queue(`DELETE FROM storegraph.search_term t USING unnest($1::text[], $2::text[]) AS g (locale, term)
WHERE t.locale = g.locale AND t.term = g.term AND t.documents <= 0`, locales, terms)
}
