package web

import (
	"errors"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// steps are the acts of the ledger by their word in the address, in the order
// of the buttons. Those that are plain need no words: one click does them.
var steps = []struct {
	slug, act string
	plain     bool
}{
	{"terima", "accept", true},
	{"terima-bersyarat", "accept", false},
	{"tolak", "decline", false},
	{"tanya", "ask", false},
	{"daftar-tunggu", "wait", false},
	{"alihkan", "redirect", false},
	{"jawab", "answer", false},
	{"berangkat", "depart", false},
	{"serah-terima", "receive", false},
	{"batalkan", "cancel", false},
	{"setuju-batal", "confirm-cancel", true},
	{"mulai", "start", true},
	{"tunda", "hold", true},
	{"lapor", "report", false},
	{"tutup", "close", true},
	{"tarik", "withdraw", false},
	{"sisihkan", "lay-aside", true},
}

// A stepLink is one thing that may be done with a handoff.
type stepLink struct {
	Slug, Act string
	Plain     bool
	Prepare   bool // for the head to decide
}

// stepsOf are what the reader may do, or prepare, with h.
func stepsOf(h casework.Handoff) (list []stepLink) {
	for _, s := range steps {
		may := slices.Contains(h.Actions, s.act)
		if !may && !slices.Contains(h.Prepares, s.act) {
			continue
		}
		list = append(list, stepLink{s.slug, s.act, s.plain && may, !may})
	}
	return list
}

func (v *visit) handoffPage() error {
	h, err := v.cfg.Handoffs.Read(v.ctx, v.by, casework.HandoffID(v.part("id")))
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("handoff.one"), Head: v.handoffHead(h)}, handoffBody(v, h, v.colleagues()))
}

// handoffHead names a handoff for its reader: by initials, never by a name.
func (v *visit) handoffHead(h casework.Handoff) string {
	who := v.t("handoff.one")
	if h.Summary != nil && h.Summary.Initials != "" {
		who += " " + h.Summary.Initials
	}
	return who
}

// handoffAct does a step that needs no words.
func (v *visit) handoffAct() error {
	id := casework.HandoffID(v.part("id"))
	slug := v.r.PostForm.Get("langkah")
	act := ""
	for _, s := range steps {
		if s.slug == slug && s.plain {
			act = s.act
		}
	}
	if act == "" {
		return casework.Invalid.Because("there is no such step of a handoff")
	}
	var err error
	if act == "lay-aside" {
		_, err = v.cfg.Handoffs.LayAside(v.ctx, v.by, id)
	} else {
		_, err = v.cfg.Handoffs.Act(v.ctx, v.by, id, act, casework.Said{})
	}
	if errors.Is(err, casework.Conflict) { // somebody was quicker: the page shows who
		v.tell(v.say(err))
		return v.to("/rujukan/" + string(id))
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/rujukan/"+string(id), v.t("handoff.done."+slug))
}

// findStep reads which step the address means.
func (v *visit) findStep(h casework.Handoff) (stepLink, error) {
	for _, s := range stepsOf(h) {
		if s.Slug == v.part("langkah") {
			return s, nil
		}
	}
	if slug := v.part("langkah"); slug == "kembalikan" || slug == "teruskan" {
		if h.Box == casework.In && h.Stage == "received" {
			return stepLink{Slug: slug, Act: "onward"}, nil
		}
	}
	return stepLink{}, casework.Conflict.Because("this step is not possible any more: look at the handoff again")
}

func (v *visit) stepPage() error {
	h, err := v.cfg.Handoffs.Get(v.ctx, v.by, casework.HandoffID(v.part("id")))
	if err != nil {
		return err
	}
	s, err := v.findStep(h)
	if err != nil {
		return err
	}
	f := v.form("langkah-"+s.Slug+"-"+string(h.ID), h.Case)
	if s.Act == "receive" {
		f.Set("form.time", v.now().In(v.cfg.Zone).Format("2006-01-02 15.04"))
		f.Set("form.place", v.cfg.Name)
		f.Set("form.receivedBy", v.by.Name)
	}
	return v.showStep(f, h, s)
}

func (v *visit) showStep(f *ui.Form, h casework.Handoff, s stepLink) error {
	p := ui.PageProps{Title: v.t("handoff.step." + s.Slug), Form: f}
	var balai []ui.Option
	if s.Act == "redirect" || s.Slug == "teruskan" {
		balai = v.connectedOptions(h.From, h.To)
	}
	return v.show(p, stepBody(v, f, h, s, balai))
}

// said reads the words of a step.
func (v *visit) said(f *ui.Form, s stepLink) casework.Said {
	in := casework.Said{
		Text: f.Trim("text"), Reason: f.Value("reason"), Redirect: casework.BalaiCode(f.Value("redirect")), Conditional: s.Slug == "terima-bersyarat",
	}
	if s.Act == "wait" {
		if day, err := time.ParseInLocation(time.DateOnly, f.Date("expected"), v.cfg.Zone); err == nil {
			in.Expected = day
		}
	}
	if s.Act == "receive" {
		in.Form = map[string]string{}
		for _, k := range casework.RecordFields {
			if t := f.Trim("form." + k); t != "" {
				in.Form[k] = t
			}
		}
	}
	return in
}

// step takes a step with its words, or prepares it for the head.
func (v *visit) step() error {
	h, err := v.cfg.Handoffs.Get(v.ctx, v.by, casework.HandoffID(v.part("id")))
	if err != nil {
		return err
	}
	s, err := v.findStep(h)
	if err != nil {
		return err
	}
	f := v.form("langkah-"+s.Slug+"-"+string(h.ID), h.Case)
	at := "/rujukan/" + string(h.ID)
	switch {
	case s.Act == "onward":
		return v.onward(f, h, s)
	case s.Prepare:
		p, err := v.cfg.Handoffs.Prepare(v.ctx, v.by, casework.NewPrepared{Handoff: h.ID, Act: s.Act, Said: v.said(f, s), Note: f.Trim("catatan"), Ask: true})
		if v.mend(f, err) {
			return v.showStep(f, h, s)
		}
		if err != nil {
			return err
		}
		return v.done(f, "/rujukan/disiapkan/"+p.ID, v.t("prepared.asked"))
	}
	_, err = v.cfg.Handoffs.Act(v.ctx, v.by, h.ID, s.Act, v.said(f, s))
	if v.mend(f, err) {
		return v.showStep(f, h, s)
	}
	if errors.Is(err, casework.Conflict) {
		v.tell(v.say(err))
		return v.to(at)
	}
	if err != nil {
		return err
	}
	return v.done(f, at, v.t("handoff.done."+s.Slug))
}

// onward sends on somebody who was received here, in one step: the letter is
// made of what the handoff before it said.
func (v *visit) onward(f *ui.Form, h casework.Handoff, s stepLink) error {
	in := casework.NewOnward{Reason: "dikembalikan", Text: f.Trim("text"), Basis: casework.Basis(f.Value("basis")), BasisWhy: f.Trim("basisWhy")}
	if s.Slug == "teruskan" {
		in.Reason, in.To, in.Wanted = "diteruskan", casework.BalaiCode(f.Value("to")), f.Trim("wanted")
	}
	if r := f.Value("reason"); r != "" {
		in.Reason = r
	}
	o, err := v.cfg.Handoffs.Onward(v.ctx, v.by, h.ID, in)
	if err == nil && !v.may(casework.Offer) {
		var p casework.Prepared
		if p, err = v.cfg.Handoffs.Prepare(v.ctx, v.by, casework.NewPrepared{Offer: &o, Ask: true}); err == nil {
			return v.done(f, "/rujukan/disiapkan/"+p.ID, v.t("prepared.asked"))
		}
	} else if err == nil {
		var made []casework.Handoff
		if made, err = v.cfg.Handoffs.Offer(v.ctx, v.by, o); err == nil {
			return v.done(f, "/rujukan/"+string(made[0].ID), v.t("refer.sent"))
		}
	}
	if v.mend(f, err) {
		return v.showStep(f, h, s)
	}
	return err
}

// reasonOptions are the coded reasons of an act.
func (v *visit) reasonOptions(act string) []ui.Option {
	list := casework.ActReasons(act)
	if act == "onward" {
		list = casework.Onwards
	}
	out := make([]ui.Option, 0, len(list))
	for _, r := range list {
		out = append(out, ui.Option{Value: r, Label: v.t("handoff.reason." + strings.ReplaceAll(r, " ", "-"))})
	}
	return out
}

// connectedOptions are the balai that have a node, but for some.
func (v *visit) connectedOptions(but ...casework.BalaiCode) []ui.Option {
	out := []ui.Option{{Label: v.t("handoff.balai.choose")}}
	all, err := v.cfg.Directory.All(v.ctx, v.by)
	if err != nil {
		v.cfg.Log.Warn("the directory cannot be read", "request", v.id, "err", err)
	}
	for _, c := range all {
		if c.Connected && c.Profile.Code != v.cfg.Balai && !slices.Contains(but, c.Profile.Code) {
			out = append(out, ui.Option{Value: string(c.Profile.Code), Label: c.Profile.Name})
		}
	}
	return out
}

// packetWords says how far the file has come.
func (v *visit) packetWords(h casework.Handoff) string {
	switch h.Packet {
	case "", "none":
		return ""
	case "fetching":
		if h.Of > 0 {
			return v.t("handoff.packet.part", "percent", int(100*h.Got/h.Of))
		}
	}
	return v.t("handoff.packet." + h.Packet)
}
