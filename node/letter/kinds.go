package letter

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"serasi/node/casework"
)

// kindsJSON is the wording of the letters: which parts a kind has, and which
// known fact fills which place. It is data, so that an office's wording can be
// mended without touching code.
//
//go:embed kinds.json
var kindsJSON []byte

type kinds struct {
	Telling []string                             `json:"telling"` // words that would betray why a letter is secret
	Cover   partOf                               `json:"cover"`   // what the cover of a secret letter tells of the person
	Kinds   map[casework.LetterKind]kindTemplate `json:"kinds"`
}

type kindTemplate struct {
	Subject string   `json:"subject"`
	Boxes   []string `json:"boxes"`
	Parts   []partOf `json:"parts"`
}

type partOf struct {
	Key      string  `json:"key"`
	Title    string  `json:"title"`
	Text     string  `json:"text"`
	Fact     string  `json:"fact"`     // fills the text
	List     string  `json:"list"`     // fills the rows, as many as there are
	Personal bool    `json:"personal"` // goes on the annex of a secret letter
	Rows     []rowOf `json:"rows"`
}

type rowOf struct {
	Name string `json:"name"`
	Fact string `json:"fact"`
}

func readKinds() (k kinds, err error) {
	if err := json.Unmarshal(kindsJSON, &k); err != nil {
		return k, fmt.Errorf("letter: the wording: %w", err)
	}
	for _, kind := range casework.LetterKinds() {
		if len(k.Kinds[kind].Parts) == 0 {
			return k, fmt.Errorf("letter: there is no wording for %s", kind)
		}
	}
	return k, nil
}

// facts are what is known and may stand in a letter, by name.
type facts struct {
	one  map[string]string
	list map[string][]casework.LetterRow
}

// fill writes the parts of a kind with what is known. Places of which nothing is
// known stay empty: whoever writes the letter sees that they are there.
func (t kindTemplate) fill(f facts) (parts []casework.LetterPart) {
	for _, p := range t.Parts {
		parts = append(parts, p.fill(f))
	}
	return parts
}

func (p partOf) fill(f facts) casework.LetterPart {
	out := casework.LetterPart{Key: p.Key, Title: p.Title, Text: p.Text}
	if p.Fact != "" {
		out.Text = f.one[p.Fact]
	}
	for _, r := range p.Rows {
		out.Rows = append(out.Rows, casework.LetterRow{Name: r.Name, Value: f.one[r.Fact]})
	}
	if p.List != "" {
		out.Rows = append(out.Rows, f.list[p.List]...)
	}
	return out
}

// coverKey names the part that only secret letters have.
const coverKey = "cover"

// arrange puts what is personal on the annex of a secret letter, with initials
// on its cover, and back onto the letter of one that is not.
func (k kinds) arrange(l *casework.Letter, initials, number string) {
	personal := map[string]bool{}
	for _, p := range k.Kinds[l.Kind].Parts {
		personal[p.Key] = p.Personal
	}
	var parts []casework.LetterPart
	for i, p := range l.Parts {
		if p.Key == coverKey {
			continue
		}
		p.Annex = l.Secret() && personal[p.Key]
		parts = append(parts, p)
		if i == 0 && l.Secret() {
			cover := k.Cover.fill(facts{one: map[string]string{"initials": initials, "number": number}})
			cover.Key = coverKey
			parts = append(parts, cover)
		}
	}
	l.Parts = parts
}

// tidy leaves out what stayed empty when a letter is signed.
func tidy(parts []casework.LetterPart) (out []casework.LetterPart) {
	for _, p := range parts {
		var rows []casework.LetterRow
		for _, r := range p.Rows {
			if strings.TrimSpace(r.Value) != "" {
				rows = append(rows, r)
			}
		}
		p.Rows = rows
		if len(rows) > 0 || strings.TrimSpace(p.Text) != "" {
			out = append(out, p)
		}
	}
	return out
}
