package web

import (
	"context"
	"slices"
	"strconv"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

// unknownFigure says why a figure is not there.
func unknownFigure(ctx context.Context, r casework.Report, f casework.Figure) string {
	switch {
	case f.ByHand:
		return words.T(ctx, "report.notentered")
	case r.Outside:
		return words.T(ctx, "report.few")
	}
	return words.T(ctx, "report.nothing")
}

func orNone(ctx context.Context, s string) string {
	if s == "" {
		return words.T(ctx, "report.notentered")
	}
	return s
}

func outsideOf(r casework.Report) string {
	if r.Outside {
		return "&untuk=luar"
	}
	return ""
}

func outsideQuery(r casework.Report) string {
	if r.Outside {
		return "?untuk=luar"
	}
	return ""
}

func entryLabel(ctx context.Context, i casework.Indicator) string {
	u := unit(ctx, i.Code)
	if i.Unit == "%" {
		u = "%"
	}
	if u == "" {
		return i.Name(words.Lang(ctx))
	}
	return i.Name(words.Lang(ctx)) + " (" + u + ")"
}

func signFacts(ctx context.Context, r casework.Report) []ui.Fact {
	var out []ui.Fact
	for _, code := range []string{"open", "in", "out", "close"} {
		out = append(out, ui.Fact{Label: indicator(ctx, code).Name(words.Lang(ctx)), Value: figureText(ctx, r.Figure(code))})
	}
	return append(out, ui.Fact{Label: words.T(ctx, "report.signed.hash"), Value: r.Hash})
}

func (v *visit) monthForm(m casework.Month) *ui.Form {
	f := ui.NewForm(nil)
	f.Set("bulan", string(m))
	return f
}

// monthOptions are this month and the twelve before it.
func monthOptions(ctx context.Context, now time.Time) (out []ui.Option) {
	this := casework.MonthOf(now)
	for i := range 13 {
		m := this.Add(-i)
		out = append(out, ui.Option{Value: string(m), Label: monthName(ctx, m)})
	}
	return out
}

func monthBars(ctx context.Context, months []casework.MonthLine) (out []bar) {
	for _, m := range slices.Backward(months) {
		out = append(out, bar{monthName(ctx, m.Month), m.Closing})
	}
	return out
}

// groupBars are the groups at the end of the month, but for those that an
// outsider may not see.
func groupBars(ctx context.Context, r casework.Report, by string) (out []bar) {
	for _, f := range r.Breakdown(by) {
		if !f.Hidden {
			out = append(out, bar{groupName(ctx, by, f.Group), f.Closing})
		}
	}
	return out
}

// barSentence says what a chart shows: the first, the last and the highest.
func barSentence(ctx context.Context, title string, list []bar) string {
	first, last := list[0], list[len(list)-1]
	top := slices.MaxFunc(list, func(a, b bar) int { return a.value - b.value })
	b := words.Of(ctx)
	return words.T(ctx, "report.chart.says", "title", title, "first", first.label, "a", b.Int(first.value), "last", last.label, "z",
		b.Int(last.value), "top", top.label, "t", b.Int(top.value))
}

// longest is the width of the longest bar; beside it stands its number.
const longest = 340

func barWidth(list []bar, b bar) string { return strconv.Itoa(barPixels(list, b)) }

func barEnd(list []bar, b bar) string { return strconv.Itoa(230 + barPixels(list, b) + 8) }

func barPixels(list []bar, b bar) int {
	top := slices.MaxFunc(list, func(a, b bar) int { return a.value - b.value }).value
	if top == 0 {
		return 0
	}
	return b.value * longest / top
}

// clip shortens a label of a chart; the table below has it whole.
func clip(s string) string {
	if r := []rune(s); len(r) > 30 {
		return string(r[:29]) + "…"
	}
	return s
}
