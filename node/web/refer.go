package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// Directory is what balai tell each other about themselves. directory.Directory
// is one.
type Directory interface {
	All(ctx context.Context, by casework.Actor) ([]casework.Candidate, error)
	Profile(ctx context.Context, by casework.Actor) (casework.Profile, error)
	SetProfile(ctx context.Context, by casework.Actor, version uint64, p casework.Profile) (casework.Profile, error)
	// Suggest returns where a case could go, best first, with the reasons.
	Suggest(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.Advice, error)
}

// mostChoices is how many balai stand on the page before the rest is folded.
const mostChoices = 4

// referDraft is the name that the letter is kept under while it is written.
const referDraft = "rujuk"

// referPage chooses the balai and begins the letter with what the file says.
func (v *visit) referPage() error {
	advice, err := v.cfg.Directory.Suggest(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	f := v.form(referDraft, v.caseID())
	if id := v.query("siapan"); id != "" {
		if err := v.fillPrepared(f, id); err != nil {
			return err
		}
	}
	if advice.After != "" {
		if err := v.fillRedirected(f, advice.After); err != nil {
			return err
		}
	}
	v.fillLetter(f, advice)
	return v.showRefer(f, advice)
}

// adviceLine is how the letter, which is Indonesian, tells of the balai that was
// asked before.
const adviceLine = "%s sudah ditanya dan menyarankan %s. %s"

// fillRedirected begins the letter with the one that another balai redirected,
// and with its advice: where to, and why.
func (v *visit) fillRedirected(f *ui.Form, id casework.HandoffID) error {
	h, err := v.cfg.Handoffs.Get(v.ctx, v.by, id)
	if err != nil {
		return err
	}
	f.Set("to", string(h.Redirect))
	f.Set("kind", string(h.Kind))
	if h.Residential {
		f.Set("residential", "1")
	}
	if s := h.Summary; s != nil {
		reason := s.Reason + "\n" + strings.TrimSpace(fmt.Sprintf(adviceLine, h.To, h.Redirect, h.Advised()))
		if len([]rune(reason)) > casework.MaxLetter {
			reason = s.Reason
		}
		for name, text := range map[string]string{
			"reason": reason, "wanted": s.Wanted, "given": s.Given, "health": s.Health, "journey": s.Journey, "contact": s.Contact,
		} {
			if text != "" { // else what the file says may stand there
				f.Set(name, text)
			}
		}
	}
	return nil
}

// fillLetter puts what the file says into the fields that are still empty.
func (v *visit) fillLetter(f *ui.Form, a casework.Advice) {
	f.Set("reason", a.Reason)
	f.Set("wanted", a.Wanted)
	f.Set("given", a.Given)
	f.Set("kind", string(casework.Transfer))
	if a.Wish.Residential {
		f.Set("residential", "1")
	}
	for _, c := range a.Choices {
		if c.Connected {
			f.Set("to", string(c.Code))
		}
	}
	f.Set("answerIn", "7")
}

// fillPrepared puts a letter that waits for the head back into the form.
func (v *visit) fillPrepared(f *ui.Form, id string) error {
	p, err := v.cfg.Handoffs.Prepared(v.ctx, v.by, id)
	if err != nil {
		return err
	}
	if o := p.What.Offer; o != nil {
		f.Values.Del("to")
		for name, value := range map[string]string{
			"to": string(o.To), "kind": string(o.Kind), "reason": o.Reason, "wanted": o.Wanted, "given": o.Given, "health": o.Health,
			"journey": o.Journey, "contact": o.Contact, "basis": string(o.Basis), "basisWhy": o.BasisWhy,
			"answerIn": strconv.Itoa(int(o.AnswerIn.Hours() / 24)), "siapan": p.ID, "siapanVersi": strconv.FormatUint(p.Version, 10),
		} {
			f.Values.Set(name, value)
		}
		if o.Residential {
			f.Values.Set("residential", "1")
		}
	}
	return nil
}

func (v *visit) showRefer(f *ui.Form, a casework.Advice) error {
	return v.show(ui.PageProps{Title: v.t("refer.title"), Form: f}, referBody(v, f, a))
}

// refer keeps the letter with the node and leads on to its review.
func (v *visit) refer() error {
	f := v.form(referDraft, v.caseID())
	o := v.offerOf(f)
	faults := o.WithDefaults().Check(v.cfg.Balai)
	if v.mend(f, casework.Faulty(faults...)) {
		advice, err := v.cfg.Directory.Suggest(v.ctx, v.by, v.caseID())
		if err != nil {
			return err
		}
		return v.showRefer(f, advice)
	}
	fields := map[string][]string{}
	for _, name := range append(slices.Clone(letterFields), "to", "kind", "residential", "answerIn", "siapan", "siapanVersi", "basis", "basisWhy") {
		if value := f.Value(name); value != "" {
			fields[name] = []string{value}
		}
	}
	if err := v.cfg.Drafts.SaveDraft(v.ctx, v.by, referDraft, v.caseID(), fields); err != nil {
		return err
	}
	return v.to("/kasus/" + string(v.caseID()) + "/rujuk/tinjau")
}

// letterFields are the texts of the letter, form F7.
var letterFields = []string{"reason", "wanted", "given", "health", "journey", "contact"}

// offerOf reads the offer that stands in a form.
func (v *visit) offerOf(f *ui.Form) casework.NewOffer {
	days, _ := strconv.Atoi(f.Value("answerIn"))
	o := casework.NewOffer{
		Kind: casework.HandoffKind(f.Value("kind")), Cases: []casework.CaseID{v.caseID()}, To: casework.BalaiCode(f.Value("to")),
		Reason: f.Trim("reason"), Wanted: f.Trim("wanted"), Given: f.Trim("given"), Health: f.Trim("health"), Journey: f.Trim("journey"),
		Contact: f.Trim("contact"), Basis: casework.Basis(f.Value("basis")), BasisWhy: f.Trim("basisWhy"), AnswerIn: time.Duration(days) * 24 * time.Hour,
	}
	o.Residential = o.Kind == casework.Transfer && f.Value("residential") != ""
	return o
}

// referReviewPage shows what will be sent, and what is missing for it.
func (v *visit) referReviewPage() error {
	f := v.form(referDraft, v.caseID())
	if f.Value("to") == "" {
		return v.to("/kasus/" + string(v.caseID()) + "/rujuk")
	}
	return v.showReferReview(f)
}

func (v *visit) showReferReview(f *ui.Form) error {
	o := v.offerOf(f)
	seen, err := v.cfg.Cases.Get(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	advice, err := v.cfg.Directory.Suggest(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	to := casework.Choice{Code: o.To, Name: string(o.To)}
	for _, c := range advice.Choices {
		if c.Code == o.To {
			to = c
		}
	}
	f.Set("how", "written")
	f.Set("givenBy", "person")
	return v.show(ui.PageProps{Title: v.t("refer.review"), Form: f}, referReviewBody(v, f, o, seen, to, advice.Warnings))
}

// referReview records a consent if one was given here, and sends the letter; or, for
// who may not, asks the head to.
func (v *visit) referReview() error {
	kept := v.form(referDraft, v.caseID())
	d, err := v.cfg.Drafts.Draft(v.ctx, v.by, referDraft, v.caseID())
	if err != nil && !errors.Is(err, casework.NotFound) {
		return err
	}
	for name, values := range d.Fields { // what was reviewed is what is sent
		if _, typed := kept.Values[name]; !typed {
			kept.Values[name] = values
		}
	}
	if kept.Value("to") == "" {
		return v.to("/kasus/" + string(v.caseID()) + "/rujuk")
	}
	if kept.Value("dasar") == "persetujuan" {
		kept.Values.Set("basis", "")
		err := v.recordConsent(kept, v.caseID(), casework.BalaiCode(kept.Value("to")))
		if errors.Is(err, casework.Forbidden) && !v.may(casework.Offer) {
			err = casework.Faulty(casework.Fault{Field: "dasar", Words: "you cannot record a consent; ask the lead of the case to, or name another basis"})
		}
		if v.mend(kept, err) {
			return v.showReferReview(kept)
		}
		if err != nil {
			return err
		}
	}
	o := v.offerOf(kept)
	if v.may(casework.Offer) && kept.Value("siapan") == "" {
		made, err := v.cfg.Handoffs.Offer(v.ctx, v.by, o)
		if v.mend(kept, err) {
			return v.showReferReview(kept)
		}
		if err != nil {
			return err
		}
		return v.done(kept, "/rujukan/"+string(made[0].ID), v.t("refer.sent"))
	}
	p, err := v.prepareOffer(kept, o)
	if v.mend(kept, err) {
		return v.showReferReview(kept)
	}
	if err != nil {
		return err
	}
	return v.done(kept, "/rujukan/disiapkan/"+p.ID, v.t("prepared.asked"))
}

func (v *visit) prepareOffer(f *ui.Form, o casework.NewOffer) (casework.Prepared, error) {
	in := casework.NewPrepared{Offer: &o, Note: f.Trim("catatan"), Ask: true}
	if id := f.Value("siapan"); id != "" {
		version, err := strconv.ParseUint(f.Value("siapanVersi"), 10, 64)
		if err != nil {
			return casework.Prepared{}, casework.Invalid.Because("what was sent is no form")
		}
		return v.cfg.Handoffs.ChangePrepared(v.ctx, v.by, id, version, in)
	}
	return v.cfg.Handoffs.Prepare(v.ctx, v.by, in)
}

// recordConsent stores the consent that was ticked on the review, in place.
// Asked again, because the page had to ask who is there, it adds none.
func (v *visit) recordConsent(f *ui.Form, id casework.CaseID, to casework.BalaiCode) error {
	if there, err := v.consented(id, to); err != nil || there {
		return err
	}
	_, err := v.cfg.Cases.AddConsent(v.ctx, v.by, id, casework.Consent{
		Scope: casework.ForSharing, Recipient: to, Purpose: v.t("refer.purpose"),
		How: f.Value("how"), GivenBy: f.Value("givenBy"), Witness: f.Trim("witness"), At: v.now(),
	})
	return err
}

// consented reports whether the person has consented to share a case with to.
func (v *visit) consented(id casework.CaseID, to casework.BalaiCode) (bool, error) {
	have, err := v.cfg.Cases.Consents(v.ctx, v.by, id)
	return slices.ContainsFunc(have, func(c casework.Consent) bool {
		return c.Scope == casework.ForSharing && c.Recipient == to && c.Valid(v.now())
	}), err
}

func (v *visit) wordOptions(prefix string, codes []string) []ui.Option {
	out := make([]ui.Option, 0, len(codes))
	for _, c := range codes {
		out = append(out, ui.Option{Value: c, Label: v.t(prefix + c)})
	}
	return out
}

// choiceHint is why a balai stands where it stands, in one line.
func (v *visit) choiceHint(c casework.Choice) string {
	hint := ""
	add := func(s string) {
		if s == "" {
			return
		}
		if hint != "" {
			hint += " · "
		}
		hint += s
	}
	if c.Total > 0 {
		add(v.t("refer.places", "free", c.Free, "total", c.Total))
		if c.Stale {
			add(v.t("refer.stale"))
		}
	}
	for _, w := range append(slices.Clone(c.Why), c.But...) {
		add(v.look.Lang.Words(w))
	}
	if c.Consent {
		add(v.t("refer.consented"))
	}
	return hint
}

// choiceOptions are the balai to choose from: those at the top, and the rest.
func (v *visit) choiceOptions(a casework.Advice) (top, rest []ui.Option, away []casework.Choice) {
	for _, c := range a.Choices {
		switch o := (ui.Option{Value: string(c.Code), Label: c.Name, Hint: v.choiceHint(c)}); {
		case !c.Connected:
			away = append(away, c)
		case len(top) < mostChoices:
			top = append(top, o)
		default:
			rest = append(rest, o)
		}
	}
	return top, rest, away
}
