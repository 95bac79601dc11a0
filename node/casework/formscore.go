package casework

import (
	"math"
	"strconv"
)

// A Score is a figure that is worked out from answers of one section and never
// typed in.
type Score struct {
	Key     string   `json:"key"`
	Title   Label    `json:"title"`
	Section string   `json:"section"`
	Fields  []string `json:"fields"`
	How     ScoreHow `json:"how"`
	Bands   []Band   `json:"bands,omitempty"` // from low to high
}

// ScoreHow is how a Score is worked out.
type ScoreHow string

// The ways. Every one needs all of its fields but Worst, which goes by what is
// there.
const (
	Sum     ScoreHow = "sum"
	Mean    ScoreHow = "mean"
	Percent ScoreHow = "percent" // of what is possible, rounded
	Worst   ScoreHow = "worst"   // the highest: one domain of the Washington Group set is enough
)

// A Band is what figures from From on mean.
type Band struct {
	From float64 `json:"from"`
	ID   string  `json:"id"`
	EN   string  `json:"en"`
}

// A Result is a Score of one case.
type Result struct {
	Key      string  `json:"key"`
	Title    Label   `json:"title"`
	Value    float64 `json:"value"`
	Meaning  Label   `json:"meaning,omitzero"`
	Answered int     `json:"answered"`
	Of       int     `json:"of"`
	Known    bool    `json:"known"` // enough is answered
}

// ScoresOf returns the scores of a section.
func (f Form) ScoresOf(section string, v Values) []Result {
	var out []Result
	s, ok := f.Section(section)
	if !ok {
		return nil
	}
	for _, score := range f.Scores {
		if score.Section == section {
			out = append(out, f.score(score, s, v))
		}
	}
	return out
}

func (f Form) score(score Score, s Section, v Values) Result {
	r := Result{Key: score.Key, Title: score.Title, Of: len(score.Fields)}
	var sum, most, worst float64
	for _, key := range score.Fields {
		field, _ := s.Field(key)
		highest, points, ok := f.points(field, v.One(key))
		most += highest
		if ok {
			r.Answered++
			sum += points
			worst = max(worst, points)
		}
	}
	r.Known = r.Of > 0 && r.Answered == r.Of || score.How == Worst && r.Answered > 0
	if !r.Known {
		return r
	}
	switch score.How {
	case Mean:
		r.Value = math.Round(sum/float64(r.Of)*10) / 10
	case Percent:
		r.Value = math.Round(sum / most * 100)
	case Worst:
		r.Value = worst
	default:
		r.Value = sum
	}
	for _, b := range score.Bands {
		if r.Value >= b.From {
			r.Meaning = Label{b.ID, b.EN}
		}
	}
	return r
}

// points returns what an answer counts, and the most that one could.
func (f Form) points(field Field, v string) (highest, points float64, ok bool) {
	if field.Kind == FieldScale || field.Kind == FieldNumber {
		if field.Max != nil {
			highest = *field.Max
		}
		n, err := strconv.ParseFloat(v, 64)
		return highest, n, err == nil
	}
	list := field.Options
	if field.List != "" {
		list = f.Lists[field.List]
	}
	for _, o := range list {
		if o.Points != nil {
			highest = max(highest, *o.Points)
		}
	}
	o, ok := f.option(field, v)
	if !ok || o.Points == nil {
		return highest, 0, false
	}
	return highest, *o.Points, true
}
