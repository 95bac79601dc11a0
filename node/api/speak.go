package api

import (
	"net/http"

	"golang.org/x/text/language"

	"serasi/node/casework"
)

var spoken = language.NewMatcher([]language.Tag{language.English, language.Indonesian})

// languageOf returns the language a caller wants words in. Programs that ask for
// none get English; people get theirs from the page or the command line.
func languageOf(r *http.Request) casework.Language {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return casework.English
	}
	if _, i, _ := spoken.Match(tags...); i == 1 {
		return casework.Indonesian
	}
	return casework.English
}

// in returns p with its words in l. The fields, kinds and numbers stay: they are
// for programs.
func (p *Problem) in(l casework.Language) *Problem {
	said := *p
	said.Title, said.Detail, said.Hint = l.Words(p.Title), l.Words(p.Detail), l.Words(p.Hint)
	said.Errors = nil
	for _, e := range p.Errors {
		said.Errors = append(said.Errors, ProblemError{e.Location, l.Words(e.Message)})
	}
	return &said
}
