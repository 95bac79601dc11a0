package report

import (
	"cmp"
	"slices"
	"time"

	"serasi/node/casework"
)

// A measure is one assessment of social functioning.
type measure struct {
	at    time.Time
	score float64 // percent
}

// Where form F3 asks for it.
const (
	functioningSection = "keberfungsian"
	functioningScore   = "fungsi"
)

// measures reads how the social functioning of a person was assessed, oldest
// first. One assessment alone says nothing of a change and is not looked at.
func measures(tx casework.Tx, id casework.CaseID) ([]measure, error) {
	sheets, err := casework.RowsOf[casework.FormSheet](tx, casework.FormSheets, id)
	if err != nil {
		return nil, err
	}
	sheets = slices.DeleteFunc(sheets, func(s casework.FormSheet) bool {
		code, _, balai, _ := s.Form.Split()
		return code != casework.FormAssessment || balai != ""
	})
	if len(sheets) < 2 {
		return nil, nil
	}
	answers, err := casework.RowsOf[casework.FormAnswer](tx, casework.FormAnswers, id)
	if err != nil {
		return nil, err
	}
	var out []measure
	for _, s := range sheets {
		form, known := casework.FormOf(s.Form)
		a, answered := casework.Latest(answers, s.ID)[functioningSection]
		if !known || !answered {
			continue
		}
		for _, score := range form.ScoresOf(functioningSection, a.Values) {
			if score.Key == functioningScore && score.Known {
				out = append(out, measure{s.At, score.Value})
			}
		}
	}
	slices.SortFunc(out, func(a, b measure) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.score, b.score)) })
	return out, nil
}

// rise counts whose social functioning has risen since it was first assessed,
// among those who were assessed again in the month.
type rise struct {
	again int
	rose  []casework.CaseID
}

func (r *rise) look(p period, f fact) {
	if len(f.functioning) < 2 {
		return
	}
	var last *measure
	for _, m := range f.functioning[1:] {
		if p.has(m.at) {
			last = &m
		}
	}
	if last == nil {
		return
	}
	r.again++
	if last.score > f.functioning[0].score {
		r.rose = append(r.rose, f.c.ID)
	}
}

func (r *rise) tell(t tallies) {
	if r.again > 0 {
		t["functioning"] = &tally{known: true, list: true, value: oneDecimal(100 * float64(len(r.rose)) / float64(r.again)), cases: r.rose}
	}
}
