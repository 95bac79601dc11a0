package web

import (
	"strconv"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

func (s *Site) helpRoutes() {
	s.open("GET /bantuan", (*visit).helpPage)
	s.open("GET /bantuan/istilah", (*visit).wordsPage)
	s.open("GET /bantuan/dasar", (*visit).lawsPage)
}

func (v *visit) helpPage() error {
	return v.show(ui.PageProps{Title: v.t("help.title")}, helpBody())
}

// wordsPage is the official glossary, a part at a time.
func (v *visit) wordsPage() error {
	all := casework.Glossary()
	from, err := strconv.Atoi(v.query("dari"))
	if err != nil || from < 0 || from > len(all) {
		from = 0
	}
	to, next := from+2*perPage, ""
	if to < len(all) {
		next = v.from(strconv.Itoa(to))
	}
	return v.show(ui.PageProps{Title: v.t("help.words")}, wordsBody(v, all[from:min(to, len(all))], next))
}

// lawsPage is every rule the work rests on, those that were replaced too.
func (v *visit) lawsPage() error {
	return v.show(ui.PageProps{Title: v.t("help.laws")}, lawsBody(v, casework.Laws()))
}

// lawDay is a day in words, or the year where no more is sure.
func (v *visit) lawDay(day string) string {
	if casework.IsDay(day) {
		return v.day(casework.Day(day))
	}
	return day
}
