package casework

import "io"

// An Archive is a case packed to be read without this program. It is made while
// it is written, so that no whole copy lies anywhere.
type Archive struct {
	Name  string // of the file; says nothing of anybody
	Media string
	Write func(io.Writer) error
}

// ForSubject returns b as it is given to the person it is about: without notes
// that are confidential, which tell of others, and without who wrote what, which
// is not the person's data.
func (b Bundle) ForSubject() Bundle {
	notes := make([]Note, 0, len(b.Notes))
	for _, n := range b.Notes {
		if !n.Confidential {
			n.By = ""
			notes = append(notes, n)
		}
	}
	b.Notes = notes
	b.Case.By, b.Case.Lead = "", ""
	b.Person.Claims = unsigned(b.Person.Claims, func(c *Claim) { c.By = "" })
	b.Steps = unsigned(b.Steps, func(s *Step) { s.By = "" })
	b.Documents = unsigned(b.Documents, func(d *Document) { d.By = "" })
	b.Consents = unsigned(b.Consents, func(c *Consent) { c.By = "" })
	b.Filled.Sheets = unsigned(b.Filled.Sheets, func(s *FormSheet) { s.By, s.Signatures = "", nil })
	b.Filled.Answers = unsigned(b.Filled.Answers, func(a *FormAnswer) { a.By = "" })
	b.Care = b.Care.unsigned()
	b.Letters = unsigned(b.Letters, func(l *Letter) { l.By, l.Steps = "", nil })
	return b
}

func unsigned[T any](list []T, clear func(*T)) []T {
	list = append([]T(nil), list...)
	for i := range list {
		clear(&list[i])
	}
	return list
}

func records[T any](list []Record[T]) []Record[T] {
	return unsigned(list, func(r *Record[T]) { r.By = "" })
}

func (c Care) unsigned() Care {
	return Care{
		Conferences: records(c.Conferences), Plans: records(c.Plans), Services: records(c.Services), Provisions: records(c.Provisions),
		Tasks: records(c.Tasks), Stays: records(c.Stays), Discharges: records(c.Discharges), Visits: records(c.Visits),
		Incidents: records(c.Incidents), Civil: records(c.Civil), Programmes: records(c.Programmes),
	}
}
