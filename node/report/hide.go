package report

import (
	"slices"

	"serasi/node/casework"
)

// few is the smallest count that may be shown to outsiders: fewer people than
// that can be recognised.
const few = 5

// families are the figures that add up to the first of them.
var families = [][]string{
	{"in", inNew, inAgain, inHandoff},
	{"out", "out.reunified", "out.referred", "out.goal", "out.resigned", "out.left", "out.died", outOther},
	{"sent", "sent.accepted", "sent.declined", "sent.waiting"},
	{"got", "got.accepted", "got.declined", "got.waiting"},
}

// veil hides what would let an outsider recognise somebody: figures and groups
// of one to four people, and, where one hidden part could be told from the sum,
// the next smallest too. Text written by hand stays inside.
func veil(r casework.Report) casework.Report {
	r.Outside, r.Corrections = true, nil
	r.Figures = slices.Clone(r.Figures)
	for i := range r.Figures {
		f := &r.Figures[i]
		f.List = false
		if f.Text != "" || small(f.Value) && people(f.Code) {
			*f = casework.Figure{Code: f.Code, ByHand: f.ByHand}
		}
	}
	for _, family := range families {
		closeFamily(r.Figures, family[1:])
	}
	// opening + in - out = closing: of four, one alone can be told.
	closeFamily(r.Figures, []string{"open", "in", "out", "close"})
	r.Breakdowns = slices.Clone(r.Breakdowns)
	for i, b := range r.Breakdowns {
		r.Breakdowns[i].Rows = veilRows(b.Rows)
	}
	return r
}

func small(v float64) bool { return v > 0 && v < few }

// people reports whether a figure counts people or cases, and no percentage,
// hours or things.
func people(code string) bool {
	i, _ := casework.IndicatorOf(code)
	return i.Unit == "orang" || i.Unit == "kasus" || i.Unit == "rujukan"
}

// closeFamily hides a second part if exactly one is hidden.
func closeFamily(figures []casework.Figure, parts []string) {
	hidden := 0
	next := -1
	for i, f := range figures {
		switch {
		case !slices.Contains(parts, f.Code):
		case !f.Known:
			hidden++
		case f.Value > 0 && (next < 0 || f.Value < figures[next].Value):
			next = i
		}
	}
	if hidden == 1 && next >= 0 {
		figures[next] = casework.Figure{Code: figures[next].Code}
	}
}

// veilRows hides a group whole if any of its columns is small: from three
// columns the fourth can be told.
func veilRows(rows []casework.Flow) []casework.Flow {
	rows = slices.Clone(rows)
	hidden, next := 0, -1
	for i, f := range rows {
		size := f.Opening + f.In
		switch {
		case smallFlow(f):
			rows[i] = casework.Flow{Group: f.Group, Hidden: true}
			hidden++
		case size > 0 && (next < 0 || size < rows[next].Opening+rows[next].In):
			next = i
		}
	}
	if hidden == 1 && next >= 0 {
		rows[next] = casework.Flow{Group: rows[next].Group, Hidden: true}
	}
	return rows
}

func smallFlow(f casework.Flow) bool {
	return slices.ContainsFunc([]int{f.Opening, f.In, f.Out, f.Closing}, func(n int) bool { return small(float64(n)) })
}
