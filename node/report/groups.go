package report

import (
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// groups returns the group of a case in each of casework.Breakdowns at a time.
// Only the age changes with it.
func (f fact) groups(at time.Time, zone *time.Location) []string {
	return []string{
		f.p.Value(casework.ClaimSex), ageGroup(f.p, at.In(zone)), f.c.Cluster, first(f.c.PPKS), ragam(f.c.Ragam),
		regency(f.p.Value(casework.ClaimRegion)), source(f.c.Source),
	}
}

func first(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	return codes[0]
}

func ragam(kinds []string) string {
	if len(kinds) > 1 {
		return "ganda"
	}
	return first(kinds)
}

// regency cuts the code of a region to kab/kota.
func regency(code string) string { return code[:min(len(code), 5)] }

func ageGroup(p casework.Person, at time.Time) string {
	b, ok := p.Born()
	if !ok {
		return ""
	}
	young, old := b.Age(at)
	if ageClass(young) != ageClass(old) {
		return ""
	}
	return ageClass(young)
}

func ageClass(years int) string {
	switch {
	case years < 18:
		return casework.AgeChild
	case years < 60:
		return casework.AgeAdult
	default:
		return casework.AgeOld
	}
}

// Sources are the ways in of form F1, with the words that betray them: people
// write "Diantar keluarga (paman)". What fits none is "lainnya", because free
// text may hold a name.
var sources = []struct{ group, words string }{
	{casework.FromBalai, "rujukan balai|serah terima"},
	{"rujukan Dinsos", "dinsos|dinas sosial"},
	{"rujukan SLRT/Puskesos", "slrt|puskesos"},
	{"LKS", "lks|yayasan|panti"},
	{"kepolisian/kejaksaan/pengadilan", "polisi|polsek|polres|polda|jaksa|pengadilan"},
	{"rumah sakit", "rumah sakit|rsud|rsj|puskesmas"},
	{"penjangkauan/TRC", "penjangkauan|trc|upsk|razia|satpol"},
	{"aduan", "aduan|hotline|medsos|lapor"},
	{"diantar keluarga", "keluarga|orang tua|ibu|ayah|kerabat"},
	{"datang sendiri", "sendiri"},
}

func source(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return ""
	}
	for _, s := range sources {
		if slices.ContainsFunc(strings.Split(s.words, "|"), func(w string) bool { return strings.Contains(text, w) }) {
			return s.group
		}
	}
	return "lainnya"
}

// columns of a breakdown, as they stand in the code of a list.
const (
	colOpening, colIn, colOut, colClosing = "opening", "in", "out", "closing"
)

// tables adds the movers up.
func tables(movers []mover, clusters []string) []casework.Breakdown {
	out := make([]casework.Breakdown, len(casework.Breakdowns))
	for i, by := range casework.Breakdowns {
		at := map[string]*casework.Flow{}
		row := func(group string) *casework.Flow {
			if at[group] == nil {
				at[group] = &casework.Flow{Group: group}
			}
			return at[group]
		}
		for _, g := range always(by, clusters) {
			row(g)
		}
		for _, m := range movers {
			add(row, m, i)
		}
		out[i] = casework.Breakdown{By: by}
		for _, f := range at {
			out[i].Rows = append(out[i].Rows, *f)
		}
		slices.SortFunc(out[i].Rows, func(a, b casework.Flow) int {
			if (a.Group == "") != (b.Group == "") { // not known comes last
				return strings.Compare(b.Group, a.Group)
			}
			return strings.Compare(a.Group, b.Group)
		})
	}
	return out
}

// always are the groups that are shown though nobody is in them.
func always(by string, clusters []string) []string {
	switch by {
	case casework.BySex:
		return []string{"L", "P"}
	case casework.ByAge:
		return []string{casework.AgeChild, casework.AgeAdult, casework.AgeOld}
	case casework.ByCluster:
		return clusters
	}
	return nil
}

func add(row func(string) *casework.Flow, m mover, i int) {
	start, end := m.Start[i], m.at(i)
	if m.Opening {
		row(start).Opening++
	}
	if m.In {
		row(end).In++
	}
	if m.Out {
		row(end).Out++
	}
	if m.Closing {
		row(end).Closing++
	}
	if start != end {
		from, to := row(start), row(end)
		from.Out++
		from.MovedOut++
		to.In++
		to.MovedIn++
	}
}

// at is the group of m in breakdown i at the end.
func (m mover) at(i int) string {
	if m.End == nil {
		return m.Start[i]
	}
	return m.End[i]
}

// in reports whether m counts in a column of a group in breakdown i.
func (m mover) in(i int, group, column string) bool {
	start, end := m.Start[i] == group, m.at(i) == group
	moved := m.Start[i] != m.at(i)
	switch column {
	case colOpening:
		return m.Opening && start
	case colIn:
		return end && (m.In || moved)
	case colOut:
		return m.Out && end || moved && start
	case colClosing:
		return m.Closing && end
	}
	return false
}
