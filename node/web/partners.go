package web

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// Partners are the organisations that run no node, and the letters to them.
// partner.Register is one. Every method decides about permissions itself and
// writes its audit line.
type Partners interface {
	Add(ctx context.Context, by casework.Actor, p casework.Partner) (casework.Partner, error)
	Change(ctx context.Context, by casework.Actor, code casework.BalaiCode, version uint64, p casework.Partner) (casework.Partner, error)
	// Partner also returns what speaks against it today, in words.
	Partner(ctx context.Context, by casework.Actor, code casework.BalaiCode) (casework.Partner, []string, error)
	Partners(ctx context.Context, by casework.Actor, text string) ([]casework.Partner, error)

	Refer(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewOutside) (casework.Outside, error)
	Outside(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Outside, error)
	Outsides(ctx context.Context, by casework.Actor, q casework.OutsideQuery) (casework.Page[casework.Outside], error)
	Answer(ctx context.Context, by casework.Actor, id casework.HandoffID, in casework.Reply) (casework.Outside, error)
	Close(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Outside, error)
	Recall(ctx context.Context, by casework.Actor, id casework.HandoffID, why string) (casework.Outside, error)

	// Note and ReplyTo are for whoever has a letter: they ask for no account.
	// Source is the address the question comes from; wrong codes are counted.
	Note(ctx context.Context, source, code string) (casework.OutsideNote, error)
	ReplyTo(ctx context.Context, source, code string, in casework.Reply) error

	// Today is the day that warnings are judged by.
	Today() casework.Day
}

func (s *Site) partnerRoutes() {
	s.page("GET /mitra", (*visit).partnersPage)
	s.page("GET /mitra/baru", (*visit).newPartnerPage)
	s.page("POST /mitra/baru", (*visit).addPartner)
	s.page("GET /mitra/{mitra}", (*visit).partnerPage)
	s.page("POST /mitra/{mitra}", (*visit).changePartner)
	s.page("GET /rujukan/luar", (*visit).outsidesPage)
	s.page("GET /rujukan/luar/{id}", (*visit).outsidePage)
	s.page("POST /rujukan/luar/{id}", (*visit).outsideAct)
	s.page("GET /kasus/{id}/rujuk/mitra", (*visit).newOutsidePage)
	s.page("POST /kasus/{id}/rujuk/mitra", (*visit).referOutside)
	s.open("GET /balas", (*visit).replyPage)
	s.open("POST /balas", (*visit).reply)
}

// outsideTitle is what the timeline of a case calls a letter to a partner, or its
// answer.
func (v *visit) outsideTitle(m casework.OutsideMoment) string {
	if m.Answer != "" {
		return v.t("casefile.partner.answered", "name", m.Name)
	}
	return v.t("casefile.partner.sent", "name", m.Name)
}

func (v *visit) partnersPage() error {
	f := v.plain()
	f.Set("q", v.query("q"))
	all, err := v.cfg.Partners.Partners(v.ctx, v.by, f.Value("q"))
	if err != nil {
		return err
	}
	from, _ := strconv.Atoi(v.query("dari"))
	from = min(max(from, 0), len(all))
	next := ""
	if from+perPage < len(all) {
		next = strconv.Itoa(from + perPage)
	}
	return v.show(ui.PageProps{Title: v.t("partner.title")}, partnersBody(v, f, all[from:min(from+perPage, len(all))], next))
}

func (v *visit) partnerForm(f *ui.Form, warnings []string) error {
	return v.show(ui.PageProps{Title: v.t("partner.one"), Form: f}, partnerBody(v, f, warnings))
}

func (v *visit) newPartnerPage() error { return v.partnerForm(v.form("mitra", ""), nil) }

// memos are how many agreements the form has room for.
const memos = 3

func partnerOf(f *ui.Form) casework.Partner {
	p := casework.Partner{
		Name: f.Trim("name"), Kind: f.Value("kind"), Region: f.Trim("region"), Address: f.Trim("address"), Contact: f.Trim("contact"),
		Phone: f.Trim("phone"), Services: f.Trim("services"), Grade: f.Value("grade"), GradeNo: f.Trim("gradeNo"),
		GradeUntil: casework.Day(f.Date("gradeUntil")), Ended: f.Value("ended") != "",
	}
	for i := range memos {
		at := "agreements." + strconv.Itoa(i) + "."
		m := casework.Memo{Number: f.Trim(at + "number"), Scope: f.Trim(at + "scope"), From: casework.Day(f.Date(at + "from")), Until: casework.Day(f.Date(at + "until"))}
		if m != (casework.Memo{}) {
			p.Agreements = append(p.Agreements, m)
		}
	}
	return p
}

func (v *visit) addPartner() error {
	f := v.form("mitra", "")
	p, err := v.cfg.Partners.Add(v.ctx, v.by, partnerOf(f))
	if v.mend(f, err) {
		return v.partnerForm(f, nil)
	}
	if err != nil {
		return err
	}
	return v.done(f, "/mitra/"+string(p.Code), v.t("partner.saved"))
}

func (v *visit) partnerPage() error {
	p, warnings, err := v.cfg.Partners.Partner(v.ctx, v.by, casework.BalaiCode(v.part("mitra")))
	if err != nil {
		return err
	}
	f := v.plain()
	for name, value := range map[string]string{
		"_versi": strconv.FormatUint(p.Version, 10), "name": p.Name, "kind": p.Kind, "region": p.Region, "address": p.Address, "contact": p.Contact,
		"phone": p.Phone, "services": p.Services, "grade": p.Grade, "gradeNo": p.GradeNo,
	} {
		f.Set(name, value)
	}
	f.SetDate("gradeUntil", string(p.GradeUntil))
	if p.Ended {
		f.Set("ended", "1")
	}
	for i, m := range p.Agreements {
		at := "agreements." + strconv.Itoa(i) + "."
		f.Set(at+"number", m.Number)
		f.Set(at+"scope", m.Scope)
		f.SetDate(at+"from", string(m.From))
		f.SetDate(at+"until", string(m.Until))
	}
	return v.partnerForm(f, warnings)
}

func (v *visit) changePartner() error {
	f := v.plain()
	p, err := v.cfg.Partners.Change(v.ctx, v.by, casework.BalaiCode(v.part("mitra")), v.version(), partnerOf(f))
	if v.mend(f, err) {
		return v.partnerForm(f, nil)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/mitra/"+string(p.Code), v.t("partner.saved"))
}

// newOutsidePage begins a letter to a partner with what the file says.
func (v *visit) newOutsidePage() error {
	advice, err := v.cfg.Directory.Suggest(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	f := v.form("rujuk-mitra", v.caseID())
	f.Set("reason", advice.Reason)
	f.Set("wanted", advice.Wanted)
	f.Set("given", advice.Given)
	return v.showOutsideForm(f)
}

func (v *visit) showOutsideForm(f *ui.Form) error {
	all, err := v.cfg.Partners.Partners(v.ctx, v.by, "")
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(p casework.Partner) bool { return p.Ended })
	return v.show(ui.PageProps{Title: v.t("outside.new"), Form: f}, outsideFormBody(v, f, all))
}

func (v *visit) partnerOptions(all []casework.Partner) []ui.Option {
	out := []ui.Option{{Label: v.t("outside.choose")}}
	for _, p := range all {
		label := p.Name
		if len(p.Warnings(v.cfg.Partners.Today())) > 0 {
			label += " (" + v.t("outside.warned") + ")"
		}
		out = append(out, ui.Option{Value: string(p.Code), Label: label})
	}
	return out
}

func (v *visit) referOutside() error {
	f := v.form("rujuk-mitra", v.caseID())
	o, err := v.cfg.Partners.Refer(v.ctx, v.by, v.caseID(), casework.NewOutside{
		Partner: casework.BalaiCode(f.Value("partner")), Reason: f.Trim("reason"), Wanted: f.Trim("wanted"), Given: f.Trim("given"),
		Health: f.Trim("health"), Journey: f.Trim("journey"), Contact: f.Trim("contact"), Basis: casework.Basis(f.Value("basis")),
		BasisWhy: f.Trim("basisWhy"), AnswerBy: casework.Day(f.Date("answerBy")),
	})
	if v.mend(f, err) {
		return v.showOutsideForm(f)
	}
	if err != nil {
		return err
	}
	return v.done(f, "/rujukan/luar/"+string(o.ID), v.t("outside.sent"))
}

func (v *visit) outsidesPage() error {
	f := v.plain()
	state := v.query("keadaan")
	if state == "" {
		state = "open"
	}
	f.Set("keadaan", state)
	q := casework.OutsideQuery{State: state, Cursor: v.query("dari"), Limit: perPage}
	if state == "all" {
		q.State = ""
	}
	page, err := v.cfg.Partners.Outsides(v.ctx, v.by, q)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("outside.title")}, outsidesBody(v, f, page))
}

func (v *visit) outsideOptions() (out []ui.Option) {
	for _, s := range []string{"open", "overdue", "answered", "closed", "recalled", "all"} {
		out = append(out, ui.Option{Value: s, Label: v.t("outside.state." + s)})
	}
	return out
}

func (v *visit) outsidePage() error {
	o, err := v.cfg.Partners.Outside(v.ctx, v.by, casework.HandoffID(v.part("id")))
	if err != nil {
		return err
	}
	return v.showOutside(v.plain(), o)
}

func (v *visit) showOutside(f *ui.Form, o casework.Outside) error {
	return v.show(ui.PageProps{Title: v.t("outside.one"), Form: f, Print: true}, outsideBody(v, f, o))
}

func (v *visit) replyOf(f *ui.Form) casework.Reply {
	return casework.Reply{Answer: f.Value("answer"), Text: f.Trim("text"), Signed: f.Trim("signed")}
}

func (v *visit) outsideAct() error {
	id := casework.HandoffID(v.part("id"))
	f := v.plain()
	var err error
	do := f.Value("buat")
	switch do {
	case "jawaban":
		_, err = v.cfg.Partners.Answer(v.ctx, v.by, id, v.replyOf(f))
	case "tutup":
		_, err = v.cfg.Partners.Close(v.ctx, v.by, id)
	case "tarik":
		_, err = v.cfg.Partners.Recall(v.ctx, v.by, id, f.Trim("text"))
	default:
		return casework.Invalid.Because("there is no such step of a handoff")
	}
	if v.mend(f, err) {
		o, err := v.cfg.Partners.Outside(v.ctx, v.by, id)
		if err != nil {
			return err
		}
		return v.showOutside(f, o)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/rujukan/luar/"+string(id), v.t("outside.done."+do))
}

// replyPage is for whoever has a letter with a reply code. It shows nothing of
// the person the letter is about.
func (v *visit) replyPage() error {
	return v.show(ui.PageProps{Title: v.t("reply.title")}, replyBody(v, v.plain(), nil, false))
}

func (v *visit) reply() error {
	f := v.plain()
	note, err := v.cfg.Partners.Note(v.ctx, v.source(), f.Value("code"))
	if err == nil && f.Value("buat") == "jawab" {
		if err = v.cfg.Partners.ReplyTo(v.ctx, v.source(), f.Value("code"), v.replyOf(f)); err == nil {
			return v.show(ui.PageProps{Title: v.t("reply.title")}, replyBody(v, f, &note, true))
		}
	}
	if v.mend(f, err) {
		found := &note
		if note.To == "" {
			found = nil
		}
		return v.show(ui.PageProps{Title: v.t("reply.title"), Form: f}, replyBody(v, f, found, false))
	}
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("reply.title")}, replyBody(v, f, &note, false))
}

func (v *visit) answerOptions() (out []ui.Option) {
	for _, a := range casework.Replies {
		out = append(out, ui.Option{Value: a, Label: v.t("reply.answer." + strings.ReplaceAll(a, " ", "-"))})
	}
	return out
}

func (v *visit) partnerKindOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("outside.choose")}}
	for _, k := range casework.PartnerKinds {
		out = append(out, ui.Option{Value: k, Label: v.t("partner.kind." + strings.ReplaceAll(k, " ", "-"))})
	}
	return out
}

// outsideFacts are a letter to a partner as its page shows it.
func (v *visit) outsideFacts(o casework.Outside) []ui.Fact {
	var f facts
	f.link(v.t("outside.to"), o.Name, "/mitra/"+string(o.Partner))
	f.link(v.t("f7.number"), o.Number, "/kasus/"+string(o.Case))
	f.add(v.t("f7.initials"), o.Initials)
	f.add(v.t("outside.code"), o.Code)
	f.add(v.t("outside.due"), string(o.Due))
	f.at(v.t("outside.at"), o.At)
	f.prose(v.t("f7.reason"), o.Letter.Reason)
	f.prose(v.t("f7.wanted"), o.Letter.Wanted)
	f.prose(v.t("f7.given"), o.Letter.Given)
	f.prose(v.t("f7.health"), o.Letter.Health)
	f.prose(v.t("f7.journey"), o.Letter.Journey)
	f.add(v.t("f7.contact"), o.Letter.Contact)
	f.add(v.t("field.basis"), v.basisName(o.Letter.Basis))
	if r := o.Reply; r != nil {
		f.add(v.t("outside.answer"), v.t("reply.answer."+strings.ReplaceAll(r.Answer, " ", "-")))
		f.prose(v.t("reply.text"), r.Text)
		f.add(v.t("reply.signed"), r.Signed)
		f.at(v.t("outside.answered.at"), r.At)
		by := v.t("outside.by.partner")
		if r.By != "" {
			by = v.t("outside.by.us")
		}
		f.add(v.t("outside.by"), by)
	}
	f.prose(v.t("outside.why"), o.Why)
	return f
}

func outsideKind(o casework.Outside) string {
	switch {
	case o.Overdue, o.State == casework.OutsideRecalled:
		return ui.Bad
	case o.State == casework.OutsideSent:
		return ui.Wait
	}
	return ui.Good
}

func outsideState(o casework.Outside) string {
	if o.Overdue {
		return "overdue"
	}
	return o.State
}
