package web

import (
	"errors"
	"slices"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

func (s *Site) todayRoutes() {
	s.page("GET /{$}", (*visit).todayPage)
	s.menu(10, "/", "today.title", nil)
}

// mostErrands is how many errands the page of the day shows.
const mostErrands = 25

// todayPage collects what waits, by deadline. What one of its sources may not
// or cannot tell is left out, and said.
func (v *visit) todayPage() error {
	var all []casework.Errand
	missing := false
	for _, waits := range v.cfg.Waits {
		some, err := waits(v.ctx, v.by)
		switch {
		case errors.Is(err, casework.Forbidden):
		case err != nil:
			v.cfg.Log.Error("a part of the day is missing", "request", v.id, "err", err)
			missing = true
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, casework.CompareErrands)
	rest := max(len(all)-mostErrands, 0)
	return v.show(
		ui.PageProps{Title: v.t("today.title")},
		todayBody(v, all[:len(all)-rest], rest, missing),
	)
}

// errandPath is where an errand leads.
func errandPath(e casework.Errand) string {
	switch {
	case e.Path != "":
		return e.Path
	case e.Handoff != "":
		return "/rujukan/" + string(e.Handoff)
	case e.Case != "":
		return "/kasus/" + string(e.Case)
	}
	return "/"
}

// urgency is how the deadline of an errand is shown.
func (v *visit) urgency(due time.Time) (kind, words string) {
	left := due.Sub(v.now())
	switch {
	case due.IsZero():
		return "", ""
	case left < 0:
		return ui.Bad, v.t("today.late")
	case left < 24*time.Hour:
		return ui.Wait, v.t("today.soon")
	}
	return ui.Plain, v.n("today.days", int(left.Hours()/24))
}
