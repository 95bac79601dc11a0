package web

import (
	"context"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// Handoffs are the use cases on transfers and referrals. handoff.Desk is one.
// Every method decides about permissions itself and writes its audit line.
type Handoffs interface {
	Offer(ctx context.Context, by casework.Actor, o casework.NewOffer) ([]casework.Handoff, error)
	Act(ctx context.Context, by casework.Actor, id casework.HandoffID, act string, in casework.Said) (casework.Handoff, error)
	// Read is Get by a person who opened it: the other side learns that its
	// last word was read.
	Read(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Handoff, error)
	Get(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Handoff, error)
	List(ctx context.Context, by casework.Actor, q casework.HandoffQuery) (casework.Page[casework.Handoff], error)
	Assign(ctx context.Context, by casework.Actor, ids []casework.HandoffID, to casework.UserID) error
	LayAside(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Handoff, error)
	// Onward is the offer that sends on somebody who was received here.
	Onward(ctx context.Context, by casework.Actor, id casework.HandoffID, in casework.NewOnward) (casework.NewOffer, error)

	Outbox(ctx context.Context, by casework.Actor, state, cursor string, limit int) (casework.Page[casework.Queued], error)
	Decide(ctx context.Context, by casework.Actor, outID string, send bool) error
	// TryNow tries at once what waits for its next try.
	TryNow(ctx context.Context, by casework.Actor) error

	Prepare(ctx context.Context, by casework.Actor, in casework.NewPrepared) (casework.Prepared, error)
	ChangePrepared(ctx context.Context, by casework.Actor, id string, version uint64, in casework.NewPrepared) (casework.Prepared, error)
	Prepared(ctx context.Context, by casework.Actor, id string) (casework.Prepared, error)
	Preparations(ctx context.Context, by casework.Actor) ([]casework.Prepared, error)
	SignPrepared(ctx context.Context, by casework.Actor, id string, version uint64) (casework.Prepared, error)
	ReturnPrepared(ctx context.Context, by casework.Actor, id string, version uint64, text string) (casework.Prepared, error)
	DropPrepared(ctx context.Context, by casework.Actor, id string, version uint64) (casework.Prepared, error)
}

func (s *Site) handoffRoutes() {
	s.page("GET /rujukan", (*visit).handoffsPage)
	s.page("POST /rujukan", (*visit).handoffsBulk)
	s.page("GET /rujukan/kolektif", (*visit).collectivePage)
	s.page("POST /rujukan/kolektif", (*visit).collective)
	s.page("GET /rujukan/cetak", (*visit).handoffsPrint)
	s.page("GET /rujukan/kelompok/{group}", (*visit).groupPage)
	s.page("GET /rujukan/{id}", (*visit).handoffPage)
	s.page("POST /rujukan/{id}", (*visit).handoffAct)
	s.page("GET /rujukan/{id}/{langkah}", (*visit).stepPage)
	s.page("POST /rujukan/{id}/{langkah}", (*visit).step)
	s.page("GET /rujukan/disiapkan/{siapan}", (*visit).preparedPage)
	s.page("POST /rujukan/disiapkan/{siapan}", (*visit).preparedAct)
	s.page("GET /kasus/{id}/rujuk", (*visit).referPage)
	s.page("POST /kasus/{id}/rujuk", (*visit).refer)
	s.page("GET /kasus/{id}/rujuk/tinjau", (*visit).referReviewPage)
	s.page("POST /kasus/{id}/rujuk/tinjau", (*visit).referReview)
	s.page("GET /antrean", (*visit).queuePage)
	s.page("POST /antrean", (*visit).queueDecide)
	s.page("POST /antrean/sekarang", (*visit).queueNow)
	s.menu(30, "/rujukan", "handoff.title", s.who(casework.PrepareAnswer))
}

// parts of the list, by the word in the address.
var handoffParts = []struct{ word, state string }{
	{"jawab", casework.Ours}, {"tunggu", casework.Theirs}, {"selesai", "ended"},
}

// handoffQuery reads the filter of the list.
func (v *visit) handoffQuery() (q casework.HandoffQuery, part string) {
	q = casework.HandoffQuery{Limit: perPage, Cursor: v.query("dari"), Other: casework.BalaiCode(v.query("balai"))}
	part = handoffParts[0].word
	for _, p := range handoffParts {
		if v.query("bagian") == p.word {
			part = p.word
		}
	}
	for _, p := range handoffParts {
		if part == p.word {
			q.State = p.state
		}
	}
	if s := v.query("keadaan"); s != "" {
		q.State = s
	}
	if v.query("milik") != "" {
		q.Staff = v.by.User
	}
	return q, part
}

func (v *visit) handoffsPage() error {
	q, part := v.handoffQuery()
	page, err := v.cfg.Handoffs.List(v.ctx, v.by, q)
	if err != nil {
		return err
	}
	waiting, err := v.cfg.Handoffs.Preparations(v.ctx, v.by)
	if err != nil {
		return err
	}
	f := v.plain()
	for _, name := range []string{"bagian", "balai", "keadaan", "milik"} {
		f.Set(name, v.query(name))
	}
	return v.show(ui.PageProps{Title: v.t("handoff.title")}, handoffsBody(v, f, part, page, waiting, v.colleagues()))
}

// colleagues are the people that work may be given to.
func (v *visit) colleagues() []casework.Colleague {
	_, all := v.people()
	return all
}

// handoffsBulk does one thing to all handoffs that were ticked. Nobody accepts
// or declines in bulk.
func (v *visit) handoffsBulk() error {
	f := v.plain()
	ids := chosen[casework.HandoffID](f, "h")
	back := inside("/rujukan?" + f.Value("asal"))
	if len(ids) == 0 {
		v.tell(v.t("handoff.bulk.none"))
		return v.to(back)
	}
	switch f.Value("buat") {
	case "tugaskan":
		if err := v.cfg.Handoffs.Assign(v.ctx, v.by, ids, casework.UserID(f.Value("petugas"))); err != nil {
			return err
		}
		return v.done(nil, back, v.n("handoff.bulk.assigned", len(ids)))
	case "dibaca":
		for _, id := range ids {
			if _, err := v.cfg.Handoffs.Read(v.ctx, v.by, id); err != nil {
				return err
			}
		}
		return v.done(nil, back, v.n("handoff.bulk.read", len(ids)))
	}
	path := "/rujukan/cetak?"
	for i, id := range ids {
		if i > 0 {
			path += "&"
		}
		path += "h=" + string(id)
	}
	return v.to(inside(path))
}

// handoffsPrint shows what was ticked, to be printed. Each is read with its
// line in the trail.
func (v *visit) handoffsPrint() error {
	var list []casework.Handoff
	for _, id := range v.r.URL.Query()["h"] {
		if len(list) == perPage {
			break
		}
		h, err := v.cfg.Handoffs.Get(v.ctx, v.by, casework.HandoffID(id))
		if err != nil {
			return err
		}
		list = append(list, h)
	}
	return v.show(ui.PageProps{Title: v.t("handoff.print.title"), Print: true}, handoffsPrintBody(v, list))
}

// groupPage shows a collective handoff: one letter, an answer for each.
func (v *visit) groupPage() error {
	q := casework.HandoffQuery{Group: v.part("group"), Limit: 100}
	page, err := v.cfg.Handoffs.List(v.ctx, v.by, q)
	if err != nil {
		return err
	}
	if len(page.Items) == 0 {
		return casework.NotFound.Because("there is no such handoff")
	}
	for i, h := range page.Items {
		if page.Items[i], err = v.cfg.Handoffs.Get(v.ctx, v.by, h.ID); err != nil {
			return err
		}
	}
	return v.show(ui.PageProps{Title: v.t("handoff.group.title")}, groupBody(v, page.Items))
}

// other is the balai at the other end.
func other(h casework.Handoff) casework.BalaiCode {
	if h.Box == casework.In {
		return h.From
	}
	return h.To
}

// stageKind is how a stage is shown.
func stageKind(h casework.Handoff) string {
	switch h.Stage {
	case "accepted", "received", "closed", "in-service", "reported":
		return ui.Good
	case "declined", "withdrawn", "expired", "cancelled", "lapsed", "rejected":
		return ui.Bad
	}
	return ui.Wait
}

// deadline says in words until when something must come.
func (v *visit) deadline(at time.Time) (kind, said string) {
	if at.IsZero() {
		return "", ""
	}
	left := at.Sub(v.now())
	switch {
	case left < 0:
		return ui.Bad, v.t("handoff.deadline.over")
	case left < 24*time.Hour:
		return ui.Bad, v.n("handoff.deadline.hours", max(1, int(left.Hours())))
	case left < 3*24*time.Hour:
		return ui.Wait, v.n("handoff.deadline.days", int(left.Hours()/24))
	}
	return ui.Plain, v.n("handoff.deadline.days", int(left.Hours()/24))
}

// stageOfOptions are the stages that a list may be narrowed to.
func (v *visit) stageOfOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("handoff.all")}}
	for _, s := range []string{
		"queued", "offered", "asked", "waitlisted", "accepted", "departed", "cancelling", "in-service", "on-hold", "reported",
		"declined", "redirected", "withdrawn", "expired", "cancelled", "lapsed", "received", "closed", "rejected",
	} {
		out = append(out, ui.Option{Value: s, Label: v.t("handoff.stage." + s)})
	}
	return out
}

func (v *visit) givenOptions(list []casework.Colleague) []ui.Option {
	out := []ui.Option{{Label: v.t("handoff.staff.nobody")}}
	for _, c := range list {
		out = append(out, ui.Option{Value: string(c.ID), Label: c.Name})
	}
	return out
}

// nameOf is what a colleague is called.
func nameOf(list []casework.Colleague, id casework.UserID) string {
	for _, c := range list {
		if c.ID == id {
			return c.Name
		}
	}
	return ""
}
