package casework

import (
	"slices"
	"strconv"
	"strings"
)

// Limits of a letter.
const (
	maxLetterParts = 40
	maxLetterRows  = 60
	maxCopies      = 30
)

// Check returns what is wrong with n.
func (n NewLetter) Check() []Fault {
	var f faults
	f.oneOf("kind", string(n.Kind), stringsOf(LetterKinds()...)...)
	f.id("case", string(n.Case))
	f.id("handoff", string(n.Handoff))
	switch {
	case n.Case == "" && n.Handoff == "":
		f.add("case", "is missing, and so is handoff; one of them is needed")
	case n.Case == "" && n.Kind != AnswerLetter && n.Kind != HandoverLetter && n.Kind != ReferralLetter:
		f.add("case", "is missing")
	}
	return f
}

// Check returns what is wrong with q.
func (q LetterQuery) Check() []Fault {
	var f faults
	if q.Kind != "" {
		f.oneOf("kind", string(q.Kind), stringsOf(LetterKinds()...)...)
	}
	if q.State != "" {
		f.oneOf("state", string(q.State), stringsOf(LetterStates()...)...)
	}
	f.id("case", string(q.Case))
	f.id("handoff", string(q.Handoff))
	if _, err := strconv.Atoi(q.Year); q.Year != "" && (err != nil || len(q.Year) != 4) {
		f.add("year", "must be a year of four digits")
	}
	f.text("number", q.Number, MaxValue)
	f.text("cursor", q.Cursor, MaxValue)
	if q.Limit < 0 || q.Limit > 100 {
		f.add("limit", "must be 1 to 100")
	}
	return f
}

// Check returns what is wrong with p.
func (p LetterPatch) Check() []Fault {
	var f faults
	if p.Nature != nil {
		f.oneOf("nature", string(*p.Nature), stringsOf(OrdinaryLetter, UrgentLetter, SecretLetter)...)
	}
	for _, s := range []struct {
		field string
		text  *string
	}{{"subject", p.Subject}, {"enclosures", p.Enclosures}, {"class", p.Class}} {
		if s.text != nil {
			f.text(s.field, *s.text, MaxValue)
		}
	}
	if p.To != nil {
		f.within("to", p.To.check())
	}
	f.parts(p.Parts)
	if p.Copies != nil {
		f.lines("copies", *p.Copies)
	}
	return f
}

// checkThere returns what is wrong with l, which another balai made: its shape.
// Whether its seal is genuine is shown to whoever reads it.
func (l Letter) checkThere() []Fault {
	var f faults
	f.oneOf("kind", string(l.Kind), stringsOf(LetterKinds()...)...)
	f.oneOf("nature", string(l.Nature), stringsOf(OrdinaryLetter, UrgentLetter, SecretLetter)...)
	f.id("handoff", string(l.Handoff))
	f.need("number", l.Number, MaxValue)
	f.text("subject", l.Subject, MaxValue)
	f.within("to", l.To.check())
	f.parts(l.Parts)
	if !l.State.Final() || l.Seal == nil || l.Head == nil || l.Signer == nil || l.Signed().IsZero() || !IsLetterCode(l.Code) {
		f.add("state", "is not that of a signed letter")
	}
	return f
}

func (a Addressee) check() []Fault {
	var f faults
	f.text("name", a.Name, MaxValue)
	f.text("place", a.Place, MaxValue)
	if a.Balai != "" && !IsBalai(a.Balai) {
		f.add("balai", "is not the code of a balai")
	}
	return f
}

func (f *faults) parts(parts []LetterPart) {
	if len(parts) > maxLetterParts {
		f.add("parts", "are %d; at most %d are possible", len(parts), maxLetterParts)
		return
	}
	for i, p := range parts {
		at := nested("parts", i)
		f.need(at+".key", p.Key, MaxValue)
		f.text(at+".title", p.Title, MaxValue)
		f.text(at+".text", p.Text, MaxText)
		if len(p.Rows) > maxLetterRows {
			f.add(at+".rows", "are %d; at most %d are possible", len(p.Rows), maxLetterRows)
			continue
		}
		for j, r := range p.Rows {
			f.text(nested(at+".rows", j)+".name", r.Name, MaxValue)
			f.text(nested(at+".rows", j)+".value", r.Value, MaxText)
		}
	}
}

func (f *faults) lines(field string, lines []string) {
	if len(lines) > maxCopies {
		f.add(field, "are %d; at most %d are possible", len(lines), maxCopies)
		return
	}
	for i, s := range lines {
		f.need(nested(field, i), s, MaxValue)
	}
}

// Ready returns what l still lacks before it can be checked, initialled or
// signed. Names are those of the person, which the cover of a secret letter
// must not tell; telling are words that would betray why it is secret.
func (l Letter) Ready(names, telling []string) []Fault {
	var f faults
	f.need("subject", l.Subject, MaxValue)
	f.need("to.name", l.To.Name, MaxValue)
	f.parts(l.Parts)
	said := slices.ContainsFunc(l.Parts, func(p LetterPart) bool { return p.Text != "" || len(p.Rows) > 0 })
	if !said {
		f.add("parts", "say nothing yet")
	}
	if l.Secret() {
		f.discreet(l, names, telling)
	}
	return f
}

// discreet looks for what the cover of a secret letter must not say.
func (f *faults) discreet(l Letter, names, telling []string) {
	look := func(field, text string) {
		words := wordsOf(text)
		for _, n := range names {
			for _, token := range wordsOf(n) {
				if len(token) > 3 && slices.Contains(words, token) {
					f.add(field, "names the person; the cover of a secret letter has initials only")
					return
				}
			}
		}
		for _, t := range telling {
			if slices.Contains(words, strings.ToLower(t)) {
				f.add(field, "tells why the letter is secret; that belongs on the annex")
				return
			}
		}
	}
	look("subject", l.Subject)
	look("enclosures", l.Enclosures)
	for i, c := range l.Copies {
		look(nested("copies", i), c)
	}
	for i, p := range l.Parts {
		if p.Annex {
			continue
		}
		at := nested("parts", i)
		look(at+".text", p.Text)
		for j, r := range p.Rows {
			look(nested(at+".rows", j)+".value", r.Value)
		}
	}
}

// wordsOf returns the words of s in lower case.
func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r < 0x80
	})
}
