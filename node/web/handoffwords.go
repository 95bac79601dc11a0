package web

import (
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

// This file says handoffs in words: facts of a page, a line each.

// knows reports whether the catalogue has a text.
func (v *visit) knows(id string) bool { return words.Has(v.ctx, id) }

// actName is what a step is called in the talk and in the queue.
func (v *visit) actName(act string) string {
	if id := "handoff.act." + act; v.knows(id) {
		return v.t(id)
	}
	return act
}

// reasonText is a coded reason; a rejection of the ledger is words already.
func (v *visit) reasonText(code string) string {
	if id := "handoff.reason." + strings.ReplaceAll(code, " ", "-"); v.knows(id) {
		return v.t(id)
	}
	return v.look.Lang.Words(code)
}

// textLabel is what the text of a step is for.
func (v *visit) textLabel(s stepLink) string {
	if id := "handoff.text." + s.Slug; v.knows(id) {
		return v.t(id)
	}
	return v.t("handoff.text")
}

func preparedName(v *visit, p casework.Prepared) string {
	if p.What.Act != "" {
		return v.t("prepared.answer", "step", v.actName(p.What.Act), "balai", string(p.To))
	}
	return v.t("prepared.offer", "balai", string(p.To))
}

// facts gathers lines; those without a value are left out.
type facts []ui.Fact

func (f *facts) add(label, value string) {
	if strings.TrimSpace(value) != "" {
		*f = append(*f, ui.Fact{Label: label, Value: value})
	}
}

func (f *facts) at(label string, t time.Time) {
	if !t.IsZero() {
		*f = append(*f, ui.Fact{Label: label, Body: ui.When(t)})
	}
}

func (f *facts) link(label, value, href string) {
	*f = append(*f, ui.Fact{Label: label, Value: value, Href: href})
}

func (f *facts) prose(label, value string) {
	if strings.TrimSpace(value) != "" {
		*f = append(*f, ui.Fact{Label: label, Body: ui.Text(value)})
	}
}

// balaiWords is a balai by its name, if it is one of the Sentra, and its code.
func balaiWords(code casework.BalaiCode) string {
	for _, s := range casework.Sentras() {
		if s.Code == code && code != "" {
			return s.Name + " (" + string(code) + ")"
		}
	}
	return string(code)
}

// handoffFacts are the state of a handoff.
func (v *visit) handoffFacts(h casework.Handoff, staff []casework.Colleague) []ui.Fact {
	var f facts
	f.add(v.t("handoff.fact.from"), balaiWords(h.From))
	f.add(v.t("handoff.fact.to"), balaiWords(h.To))
	if h.Case != "" {
		f.link(v.t("handoff.fact.case"), v.t("handoff.case.open"), "/kasus/"+string(h.Case))
	}
	f.at(v.t("handoff.fact.deadline"), h.Deadline)
	f.at(v.t("handoff.fact.expected"), h.Expected)
	if h.Conditional {
		f.add(v.t("handoff.fact.conditional"), v.t("handoff.yes"))
	}
	if h.Residential {
		f.add(v.t("handoff.fact.residential"), v.t("handoff.yes"))
	}
	if h.Reason != "" {
		f.add(v.t("handoff.why"), v.reasonText(h.Reason))
	}
	f.add(v.t("handoff.fact.redirect"), balaiWords(h.Redirect))
	f.add(v.t("handoff.fact.packet"), v.packetWords(h))
	f.add(v.t("handoff.fact.staff"), nameOf(staff, h.Staff))
	if h.Group != "" {
		f.link(v.t("handoff.group"), v.t("handoff.group.open"), "/rujukan/kelompok/"+h.Group)
	}
	if h.Follows != "" {
		f.link(v.t("handoff.fact.follows"), v.t("handoff.open"), "/rujukan/"+string(h.Follows))
	}
	if h.Next != "" {
		f.link(v.t("handoff.fact.next"), v.t("handoff.open"), "/rujukan/"+string(h.Next))
	}
	f.at(v.t("handoff.fact.created"), h.Created)
	f.at(v.t("handoff.fact.ended"), h.Ended)
	f.at(v.t("handoff.fact.aside"), h.Aside)
	return f
}

// summaryFacts are what the destination decides on: initials, and no name.
func (v *visit) summaryFacts(s casework.Summary) []ui.Fact {
	var f facts
	f.add(v.t("f7.initials"), s.Initials)
	f.add(v.t("f7.number"), s.Number)
	f.add(v.t("f7.age"), s.AgeBand)
	f.add(v.t("f7.sex"), words.Code(v.ctx, "sex", s.Sex))
	f.add(v.t("field.cluster"), s.Cluster)
	f.add(v.t("field.ppks"), ppksNames(s.PPKS))
	f.add(v.t("field.ragam"), strings.Join(s.Ragam, ", "))
	f.add(v.t("f7.region"), s.Region)
	f.add(v.t("field.urgency"), words.Code(v.ctx, "urgency", string(s.Urgency)))
	f.add(v.t("field.basis"), v.basisName(s.Basis))
	f.prose(v.t("f7.reason"), s.Reason)
	f.prose(v.t("f7.wanted"), s.Wanted)
	f.prose(v.t("f7.given"), s.Given)
	f.prose(v.t("f7.health"), s.Health)
	f.prose(v.t("f7.journey"), s.Journey)
	f.add(v.t("f7.contact"), s.Contact)
	if s.Pages > 0 {
		f.add(v.t("f7.pages"), v.n("f7.pages.n", s.Pages))
	}
	return f
}

// ppksNames are the names of PPKS codes.
func ppksNames(codes []string) string {
	names := make([]string, 0, len(codes))
	for _, code := range codes {
		if c, ok := casework.CategoryOf(code); ok {
			code = c.Name
		}
		names = append(names, code)
	}
	return strings.Join(names, ", ")
}

func (v *visit) basisName(b casework.Basis) string {
	if b == "" {
		b = casework.ByConsent
	}
	if id := "refer.ground." + strings.ReplaceAll(string(b), " ", "-"); v.knows(id) {
		return v.t(id)
	}
	return string(b)
}

// recordFacts is a handover record in the order of its form.
func (v *visit) recordFacts(form map[string]string) []ui.Fact {
	var f facts
	for _, k := range casework.RecordFields {
		f.add(v.t("f8."+k), form[k])
	}
	return f
}

// reviewFacts are what will be sent, each with the way to change it.
func (v *visit) reviewFacts(o casework.NewOffer, seen casework.Overview, to casework.Choice) []ui.Fact {
	var f facts
	f.add(v.t("refer.to"), to.Name)
	f.add(v.t("f7.initials"), seen.Person.Initials())
	f.add(v.t("f7.number"), seen.Case.Number)
	f.add(v.t("refer.kind"), v.t("handoff.kind."+string(o.Kind)))
	if o.Residential {
		f.add(v.t("handoff.fact.residential"), v.t("handoff.yes"))
	}
	f.prose(v.t("f7.reason"), o.Reason)
	f.prose(v.t("f7.wanted"), o.Wanted)
	f.prose(v.t("f7.given"), o.Given)
	f.prose(v.t("f7.health"), o.Health)
	f.prose(v.t("f7.journey"), o.Journey)
	f.add(v.t("f7.contact"), o.Contact)
	if o.Kind == casework.Transfer {
		f.add(v.t("f7.pages"), v.n("f7.pages.n", seen.Documents))
	}
	f.add(v.t("refer.answerin"), v.n("refer.days", int(o.WithDefaults().AnswerIn.Hours()/24)))
	for i := range f {
		if i == 0 || i > 2 {
			f[i].Change = "/kasus/" + string(v.caseID()) + "/rujuk"
		}
	}
	return f
}

// preparedFacts are what waits for the head.
func (v *visit) preparedFacts(p casework.Prepared) []ui.Fact {
	var f facts
	f.add(v.t("refer.to"), string(p.To))
	if o := p.What.Offer; o != nil {
		f.link(v.t("handoff.fact.case"), v.t("handoff.case.open"), "/kasus/"+string(p.Case))
		f.add(v.t("refer.kind"), v.t("handoff.kind."+string(o.Kind)))
		f.prose(v.t("f7.reason"), o.Reason)
		f.prose(v.t("f7.wanted"), o.Wanted)
		f.prose(v.t("f7.given"), o.Given)
		f.prose(v.t("f7.health"), o.Health)
		f.prose(v.t("f7.journey"), o.Journey)
		f.add(v.t("f7.contact"), o.Contact)
		f.add(v.t("field.basis"), v.basisName(o.Basis))
		f.prose(v.t("refer.basis.why"), o.BasisWhy)
	} else {
		f.link(v.t("handoff.one"), v.t("handoff.open"), "/rujukan/"+string(p.What.Handoff))
		f.add(v.t("handoff.why"), v.reasonText(p.What.Said.Reason))
		f.prose(v.t("handoff.text"), p.What.Said.Text)
		f.add(v.t("handoff.fact.redirect"), string(p.What.Said.Redirect))
		f.at(v.t("handoff.fact.expected"), p.What.Said.Expected)
		f = append(f, v.recordFacts(p.What.Said.Form)...)
	}
	f.prose(v.t("prepared.note"), p.What.Note)
	return f
}

func (v *visit) handoffChips() (chips []ui.Chip) {
	if s := v.query("keadaan"); s != "" && v.knows("handoff.stage."+s) {
		chips = append(chips, ui.Chip{Label: v.t("handoff.stage." + s), Without: v.without("keadaan")})
	}
	if b := v.query("balai"); b != "" {
		chips = append(chips, ui.Chip{Label: b, Without: v.without("balai")})
	}
	if v.query("milik") != "" {
		chips = append(chips, ui.Chip{Label: v.t("handoff.mine"), Without: v.without("milik")})
	}
	return chips
}

// states of the outbox, in the order of the filter.
var queueStates = []string{"pending", "undecided", "rejected", "committed"}

func (v *visit) queueOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("handoff.all")}}
	for _, s := range queueStates {
		out = append(out, ui.Option{Value: s, Label: v.t("queue.state." + s)})
	}
	return out
}

func queueKind(q casework.Queued) string {
	switch q.State {
	case "committed":
		return ui.Good
	case "rejected":
		return ui.Bad
	}
	return ui.Wait
}
