package seed

import (
	"context"
	_ "embed" // the texts
	"slices"
	"strings"
	"sync"

	"github.com/storegraph/storegraph/db"
)

// The languages that the shop's texts are translated into, in the order of translation.txt, with the reference's names for them.
var languages = []struct{ code, name string }{
	{"de-DE", "German (Germany)"},
	{"fr-FR", "French (France)"},
}

//go:embed translation.txt
var translationText string

// translations has what a text is in each language, by the English text.
var translations = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for block := range strings.SplitSeq(translationText, "\n\n") {
		lines := strings.Split(strings.Trim(block, "\n"), "\n")
		if strings.HasPrefix(lines[0], "#") {
			continue
		}
		if _, twice := out[lines[0]]; twice || len(lines) != 1+len(languages) {
			panic("seed: translation.txt has another number of lines, or the text twice, at " + lines[0])
		}
		out[lines[0]] = lines[1:]
	}
	return out
})

// translated returns a text in a language; a title of a variant, whose parts are values of options, by its parts. It is not ok if the text
// is the same in all languages, as a size or a weight.
func translated(text string, language int) (string, bool) {
	if t := translations()[text]; t != nil {
		return t[language], true
	}
	parts, some := strings.Split(text, " / "), false
	for i, part := range parts {
		if t := translations()[part]; t != nil {
			parts[i], some = t[language], true
		}
	}
	return strings.Join(parts, " / "), some
}

// A column of a row that can be translated, with its text.
type phrase struct{ column, text string }

// translate builds the translations of a row of the table called reference.
func (b *builder) translate(reference, id string, phrases ...phrase) {
	if b.untranslated {
		return
	}
	for i, l := range languages {
		texts := map[string]string{}
		for _, p := range phrases {
			if text, ok := translated(p.text, i); ok {
				texts[p.column] = text
			}
		}
		if len(texts) == 0 {
			continue
		}
		put(&b.sheet, "translation", translationRow{
			ID: b.id("trans"), ReferenceID: id, Reference: reference, LocaleCode: l.code, Translations: jsonOf(texts), TranslatedFieldCount: len(texts),
			stamps: b.stamps(),
		})
	}
}

// speak builds the languages of a store, as far as the database has not got them.
func (b *builder) speak(ctx context.Context, tx db.DB, store string) error {
	if b.untranslated {
		return nil
	}
	known, err := tx.Texts(ctx, "SELECT code FROM locale WHERE deleted_at IS NULL")
	if err != nil {
		return err
	}
	spoken, err := tx.Texts(ctx, "SELECT locale_code FROM store_locale WHERE store_id = $1 AND deleted_at IS NULL", store)
	if err != nil {
		return err
	}
	for _, l := range languages {
		if !slices.Contains(known, l.code) {
			put(&b.sheet, "locale", localeRow{ID: b.id("loc"), Code: l.code, Name: l.name, stamps: b.stamps()})
		}
		if !slices.Contains(spoken, l.code) {
			put(&b.sheet, "store_locale", storeLocaleRow{ID: b.id("stloc"), LocaleCode: l.code, StoreID: store, stamps: b.stamps()})
		}
	}
	return nil
}
