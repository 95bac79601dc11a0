package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// Console is the node and the network, for who runs it. Every method decides
// about permissions itself.
type Console interface {
	Checkup(ctx context.Context, by casework.Actor) (casework.Checkup, error)
	Fellows(ctx context.Context, by casework.Actor) ([]casework.Fellow, error)
	// Invite lets a balai ask to join; the text is shown once. The error is
	// Invalid for a code that is none.
	Invite(ctx context.Context, by casework.Actor, code casework.BalaiCode) (text string, until time.Time, err error)
	// Verdict is what officers sign to suspend or revoke a balai. The error is
	// NotFound, or Conflict if there is nothing to decide.
	Verdict(ctx context.Context, by casework.Actor, code casework.BalaiCode, act string) (casework.Sentence, error)
	// Judge hands in what serasi officer sign wrote, for somebody who proved again
	// who they are and typed the code of the balai. The error is Invalid if it
	// does not fit.
	Judge(ctx context.Context, by casework.Actor, code casework.BalaiCode, act, typed, signature string) (casework.Sentence, error)
	// VerifyTrail recomputes the chain of the audit trail and records that it
	// was done.
	VerifyTrail(ctx context.Context, by casework.Actor) (lines uint64, head string, err error)
	Footprint(ctx context.Context, by casework.Actor) (casework.Footprint, error)
	Backups(ctx context.Context, by casework.Actor) (casework.Backups, error)
	// BackUp makes one more. The error is Conflict before a recovery key is known.
	BackUp(ctx context.Context, by casework.Actor) error
}

func (s *Site) consoleRoutes() {
	s.page("GET /simpul", (*visit).statePage)
	s.page("GET /simpul/{balai}", (*visit).contactPage)
	s.page("GET /anggota", (*visit).fellowsPage)
	s.page("POST /anggota", (*visit).invite)
	s.page("GET /anggota/{balai}", (*visit).verdictPage)
	s.page("GET /anggota/{balai}/berkas", (*visit).verdictFile)
	s.page("POST /anggota/{balai}", (*visit).judge)
	s.page("GET /konsensus", (*visit).consensusPage)
	s.page("GET /jejak", (*visit).trailPage)
	s.page("POST /jejak", (*visit).verifyTrail)
	s.page("GET /cadangan", (*visit).backupsPage)
	s.page("POST /cadangan", (*visit).backUp)
	s.page("GET /hijau", (*visit).greenPage)
	s.menu(85, "/simpul", "console.nav", s.who(casework.ManageNode))
}

// reloads is how often the page loads itself, if its reader asked for that.
func (v *visit) reloads() int {
	if v.query("tiap") == "30" {
		return 30
	}
	return 0
}

// checkup is the state of the node, in the visitor's language.
func (v *visit) checkup() (casework.Checkup, error) {
	c, err := v.cfg.Console.Checkup(v.ctx, v.by)
	return c.In(v.look.Lang), err
}

// statePage says how the node and the network are: the cause first.
func (v *visit) statePage() error {
	c, err := v.checkup()
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("console.state"), Wide: true, Again: v.reloads(), State: stateOf(c)}, stateBody(v, c, v.figures(c)))
}

// contactPage is one balai as this node knows it.
func (v *visit) contactPage() error {
	c, err := v.checkup()
	if err != nil {
		return err
	}
	code := casework.BalaiCode(v.part("balai"))
	i := slices.IndexFunc(c.Balais, func(x casework.Contact) bool { return x.Balai == code })
	if i < 0 {
		return casework.NotFound.Because("there is no such balai")
	}
	return v.show(ui.PageProps{Title: v.t("console.one"), Head: string(code), Again: v.reloads(), State: stateOf(c)}, contactBody(v, c, c.Balais[i], v.figures(c)))
}

func (v *visit) fellowsPage() error { return v.showFellows(v.plain(), "", time.Time{}) }

func (v *visit) showFellows(f *ui.Form, invitation string, until time.Time) error {
	list, err := v.cfg.Console.Fellows(v.ctx, v.by)
	if err != nil {
		return err
	}
	c, err := v.checkup()
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("console.fellows"), Wide: true, Form: f}, fellowsBody(v, f, list, c.Group, invitation, until))
}

// invite shows the invitation on the page itself: it is shown once and kept
// nowhere.
func (v *visit) invite() error {
	f := v.plain()
	text, until, err := v.cfg.Console.Invite(v.ctx, v.by, casework.BalaiCode(strings.ToUpper(f.Trim("code"))))
	if v.mend(f, err) {
		return v.showFellows(f, "", time.Time{})
	}
	if err != nil {
		return err
	}
	return v.showFellows(f, text, until)
}

func (v *visit) consensusPage() error {
	c, err := v.checkup()
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("console.group"), Wide: true, Again: v.reloads(), State: stateOf(c)}, consensusBody(c, v.figures(c)))
}

func (v *visit) trailPage() error {
	if _, err := v.cfg.Console.Checkup(v.ctx, v.by); err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("console.trail")}, trailBody(v.plain()))
}

func (v *visit) verifyTrail() error {
	lines, head, err := v.cfg.Console.VerifyTrail(v.ctx, v.by)
	if err != nil {
		return err
	}
	return v.done(nil, "/jejak", v.n("console.trail.good", int(lines), "head", head[:min(16, len(head))]))
}

func (v *visit) backupsPage() error { return v.showBackups(v.plain()) }

func (v *visit) showBackups(f *ui.Form) error {
	b, err := v.cfg.Console.Backups(v.ctx, v.by)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("console.backups"), Form: f}, backupsBody(v, f, b))
}

func (v *visit) backUp() error {
	f := v.plain()
	err := v.cfg.Console.BackUp(v.ctx, v.by)
	if v.mend(f, err) {
		return v.showBackups(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/cadangan", v.t("console.backup.made"))
}

func (v *visit) greenPage() error {
	f, err := v.cfg.Console.Footprint(v.ctx, v.by)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("console.green")}, greenBody(v, f))
}

// lampKind is the kind of tag of a lamp.
func lampKind(l casework.Lamp) string {
	return map[casework.Lamp]string{casework.Healthy: ui.Good, casework.Unsure: ui.Wait, casework.CutOff: ui.Bad}[l]
}

// severityKind is the kind of notice of a severity.
func severityKind(s casework.Severity) string {
	if s == casework.Grave {
		return ui.Bad
	}
	return ui.Wait
}

// inWords is a fixed word of the model in the visitor's language.
func (v *visit) inWords(word string) string { return v.look.Lang.Words(word) }

// dot is one voter on the line of positions.
type dot struct {
	code  casework.BalaiCode
	event uint64
	x     int // of 1000
}

// dots puts this node and the voters on a line, by the last event they have.
func dots(c casework.Checkup) []dot {
	var out []dot
	if c.Group.Votes {
		out = append(out, dot{code: c.Balai, event: c.Group.Event})
	}
	for _, b := range c.Balais {
		if b.Voter && b.Event > 0 {
			out = append(out, dot{code: b.Balai, event: b.Event})
		}
	}
	if len(out) == 0 {
		return nil
	}
	least := out[0].event
	for _, d := range out {
		least = min(least, d.event)
	}
	wide := max(c.Group.Newest, least+1) - least
	for i := range out {
		out[i].x = 40 + int(920*(out[i].event-least)/wide)
		if c.Group.Newest == least {
			out[i].x = 960
		}
	}
	return out
}
