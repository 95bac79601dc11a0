// Package words holds what the pages say, in Indonesian and in English: the
// catalogues, and how dates, numbers and identity numbers are written.
//
// It knows no page and no case. A text is asked for by its id; a test proves
// that both catalogues have every id that is used, with the same placeholders.
package words

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"serasi/node/casework"
)

//go:embed catalogue/*.json
var files embed.FS

// A Book is the words of one language as one balai writes them.
type Book struct {
	Lang  casework.Language
	Zone  *time.Location // in which times are written
	texts *i18n.Localizer
	print *message.Printer
}

// Books are the books of a balai, one a language.
type Books map[casework.Language]*Book

// bundle is read once: the catalogues are part of the program.
var bundle = sync.OnceValues(func() (*i18n.Bundle, error) {
	b := i18n.NewBundle(language.Indonesian)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	names, err := fs.Glob(files, "catalogue/*.json")
	for _, name := range names {
		raw, readErr := files.ReadFile(name)
		if readErr == nil {
			// care.id.json is the part of care in Indonesian.
			_, readErr = b.ParseMessageFileBytes(raw, path.Base(name))
		}
		if readErr != nil {
			err = errors.Join(err, fmt.Errorf("catalogue %s: %w", name, readErr))
		}
	}
	return b, err
})

// Open returns the books of a balai whose clocks show the time of zone.
func Open(zone *time.Location) (Books, error) {
	b, err := bundle()
	if err != nil {
		return nil, err
	}
	books := Books{}
	for l, tag := range tags {
		books[l] = &Book{Lang: l, Zone: zone, texts: i18n.NewLocalizer(b, tag.String()), print: message.NewPrinter(tag)}
	}
	return books, nil
}

var tags = map[casework.Language]language.Tag{casework.Indonesian: language.Indonesian, casework.English: language.English}

// Pick returns the language for a visitor: what the account or the cookie
// says, else what the browser asks for, else Indonesian.
func Pick(chosen string, r *http.Request) casework.Language {
	if _, ok := tags[casework.Language(chosen)]; ok {
		return casework.Language(chosen)
	}
	asked, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return casework.Indonesian
	}
	for _, t := range asked {
		switch base, _ := t.Base(); base.String() {
		case "id", "ms", "jv", "su":
			return casework.Indonesian
		case "en":
			return casework.English
		}
	}
	return casework.Indonesian
}

type bookKey struct{}

// With returns a context in which T and its like speak from b.
func With(ctx context.Context, b *Book) context.Context { return context.WithValue(ctx, bookKey{}, b) }

// Of returns the book of a context. Without one it is Indonesian in UTC.
func Of(ctx context.Context) *Book {
	if b, ok := ctx.Value(bookKey{}).(*Book); ok {
		return b
	}
	books, err := Open(time.UTC)
	if err != nil {
		return &Book{Lang: casework.Indonesian, Zone: time.UTC, print: message.NewPrinter(language.Indonesian)}
	}
	return books[casework.Indonesian]
}

// Lang returns the language of a context.
func Lang(ctx context.Context) casework.Language { return Of(ctx).Lang }

// T returns the text with an id. Pairs are the names and values of its
// placeholders: T(ctx, "care.until", "date", d).
func T(ctx context.Context, id string, pairs ...any) string {
	return Of(ctx).text(id, nil, pairs)
}

// N returns the text with an id that depends on a number. {{.n}} is the number
// as it is written.
func N(ctx context.Context, id string, n int, pairs ...any) string {
	b := Of(ctx)
	return b.text(id, n, append([]any{"n", b.Int(n)}, pairs...))
}

func (b *Book) text(id string, n any, pairs []any) string {
	if b.texts == nil {
		return id
	}
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			data[name] = pairs[i+1]
		}
	}
	// The catalogues are proved complete by a test; a text that is missing
	// all the same must not take the page away.
	s, err := b.texts.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data, PluralCount: n})
	if err != nil && s == "" {
		return id
	}
	return s
}

// Has reports whether the catalogue of the context's language has an id. It is
// for ids made from stored words ("stage.3"), whose list may be newer.
func Has(ctx context.Context, id string) bool {
	b := Of(ctx)
	if b.texts == nil {
		return false
	}
	_, tag, err := b.texts.LocalizeWithTag(&i18n.LocalizeConfig{MessageID: id})
	return err == nil && strings.HasPrefix(tag.String(), string(b.Lang))
}

// Code returns the text of a stored word of a list: Code(ctx, "stage", "3") is
// the text "stage.3". A word that the catalogue does not know stays as it is.
func Code(ctx context.Context, list, word string) string {
	if id := list + "." + word; word != "" && Has(ctx, id) {
		return T(ctx, id)
	}
	return word
}
