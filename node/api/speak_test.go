package api_test

import (
	"net/http"
	"testing"
)

func TestProblemsSpeakTheLanguageAskedFor(t *testing.T) {
	w := newWorld(t)
	rows := map[string]struct{ accept, title, detail, message string }{
		"nothing asked":    {"", "The input needs a correction", "some fields need a correction", "is missing"},
		"English":          {"en-GB,en;q=0.9", "The input needs a correction", "some fields need a correction", "is missing"},
		"Indonesian":       {"id-ID,id;q=0.9,en;q=0.5", "Isian perlu diperbaiki", "beberapa isian perlu diperbaiki", "belum diisi"},
		"neither of them":  {"fr", "The input needs a correction", "some fields need a correction", "is missing"},
		"not well written": {"id;q=x", "The input needs a correction", "some fields need a correction", "is missing"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			p := w.do("budi", "POST", base+"/cases", `{}`, func(r *http.Request) { r.Header.Set("Accept-Language", row.accept) }).want(422).problem()
			if p.Title != row.title || p.Detail != row.detail || len(p.Errors) == 0 || p.Errors[0].Message != row.message {
				t.Errorf("%q, %q, %v", p.Title, p.Detail, p.Errors)
			}
		})
	}
}
