package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

// conflict shows a form again after somebody else was quicker: status 409.
func (v *visit) conflict(form *ui.Form, title string, body templ.Component) error {
	return v.write(http.StatusConflict, ui.PageProps{Title: title, Form: form}, body)
}

func (v *visit) stagePage() error {
	ready, err := v.cfg.Forms.Readiness(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	form := v.form("tahap", v.caseID())
	form.Set("_versi", strconv.FormatUint(ready.Version, 10))
	return v.showStage(form, ready)
}

func (v *visit) showStage(form *ui.Form, ready casework.Readiness) error {
	return v.show(ui.PageProps{Title: v.t("casefile.stage"), Form: form}, stageBody(v, form, ready))
}

func (v *visit) moveStage() error {
	form := v.form("tahap", v.caseID())
	to, err := strconv.ParseUint(form.Value("stage"), 10, 8)
	if err != nil {
		to = 0 // the use case says which there are
	}
	_, err = v.cfg.Cases.MoveStage(v.ctx, v.by, v.caseID(), v.version(), casework.Stage(to), strings.ReplaceAll(form.Trim("reason"), "\r\n", "\n"))
	unready := casework.LacksOf(err) != nil
	if unready {
		form.Words = v.say(err)
	}
	if unready || v.mend(form, err) {
		ready, failed := v.cfg.Forms.Readiness(v.ctx, v.by, v.caseID())
		if failed != nil {
			return failed
		}
		return v.showStage(form, ready)
	}
	if err != nil {
		return err
	}
	return v.done(form, v.casePath(), v.t("casefile.moved"))
}

// stageWays are the stages that may follow, to choose from.
func (v *visit) stageWays(ready casework.Readiness) (out []ui.Option) {
	for _, way := range ready.Ways {
		hint := v.t("casefile.ready")
		switch n := len(way.Missing); {
		case way.Stage < ready.Stage && n == 0:
			hint = v.t("casefile.again")
		case n > 0:
			hint = v.n("casefile.lacks", n)
		}
		out = append(out, ui.Option{Value: strconv.Itoa(int(way.Stage)), Label: v.stageName(way.Stage), Hint: hint})
	}
	return out
}

func (v *visit) stageName(s casework.Stage) string { return v.t("stage." + strconv.Itoa(int(s))) }

// needHref is where a need of a case is met, if that page is there.
func (v *visit) needHref(n casework.Need) string {
	if path := v.casePath(n.Page); v.has(path) {
		return path
	}
	return ""
}

// claimsPage shows what was said of the person, and takes more of it.
func (v *visit) claimsPage() error { return v.showClaims(v.form("klaim", v.caseID())) }

func (v *visit) showClaims(form *ui.Form) error {
	f, err := v.file()
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("casefile.claims"), Form: form}, claimsBody(v, form, f))
}

func (v *visit) addClaim() error {
	form := v.form("klaim", v.caseID())
	c := casework.Claim{
		Kind: casework.ClaimKind(form.Value("kind")), Value: form.Trim("value"), Standing: casework.Standing(form.Value("standing")), Source: form.Trim("source"),
	}
	_, warnings, err := v.cfg.Cases.AddClaims(v.ctx, v.by, v.caseID(), []casework.Claim{c})
	if v.mend(form, err) {
		for i, x := range form.Faults {
			form.Faults[i].Field = strings.TrimPrefix(x.Field, "claims.0.")
		}
		return v.showClaims(form)
	}
	if err != nil {
		return err
	}
	told := []string{v.t("casefile.claimed")}
	for _, w := range warnings {
		told = append(told, v.look.Lang.Words(w.Words)+".")
	}
	return v.done(form, v.casePath("klaim"), strings.Join(told, " "))
}

func (v *visit) claimOptions() (out []ui.Option) {
	for _, k := range claimKinds {
		out = append(out, ui.Option{Value: string(k), Label: v.t("claim." + string(k))})
	}
	return out
}

// standingOptions are how sure something can be, the usual one first.
func (v *visit) standingOptions() (out []ui.Option) {
	for _, s := range []casework.Standing{
		casework.Stated, casework.Documented, casework.Estimated, casework.Verified, casework.Recording, casework.NotKnown,
	} {
		out = append(out, ui.Option{Value: string(s), Label: v.t("standing." + string(s))})
	}
	return out
}

// notePage takes a progress note (form F6).
func (v *visit) notePage() error {
	form := v.form("catatan", v.caseID())
	form.Set("kind", "progress")
	return v.showNote(form)
}

func (v *visit) showNote(form *ui.Form) error {
	f, err := v.file()
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("casefile.note"), Form: form}, noteBody(v, form, f))
}

func (v *visit) addNote() error {
	form := v.form("catatan", v.caseID())
	n := casework.Note{
		Kind: form.Value("kind"), Text: lines(form, "text"), Place: form.Trim("place"), Profession: form.Trim("profession"),
		Activity: form.Trim("activity"), Response: lines(form, "response"), FollowUp: lines(form, "followUp"), Event: form.Value("event"),
		Confidential: form.Value("confidential") != "", Addendum: form.Value("addendum") != "",
	}
	var err error
	if n.At, err = v.moment(form, "at"); err == nil {
		_, err = v.cfg.Cases.AddNote(v.ctx, v.by, v.caseID(), n)
	}
	if v.mend(form, err) {
		return v.showNote(form)
	}
	if errors.Is(err, casework.Frozen) && !n.Addendum {
		form.Words = v.say(err)
		return v.showNote(form) // which offers to add it as an addendum
	}
	if err != nil {
		return err
	}
	return v.done(form, v.casePath(), v.t("casefile.noted"))
}

// lines is a long text as it is stored.
func lines(form *ui.Form, name string) string {
	return strings.ReplaceAll(form.Trim(name), "\r\n", "\n")
}

// moment reads a day and a time of day, in the zone of the node. Without a day
// it is zero: now. The error is Invalid and names the field.
func (v *visit) moment(form *ui.Form, name string) (time.Time, error) {
	day, clock := form.Date(name), strings.ReplaceAll(form.Trim(name+".t"), ".", ":")
	if day == "" && clock == "" {
		return time.Time{}, nil
	}
	if clock == "" {
		clock = "12:00"
	}
	if day == "" {
		day = v.now().In(v.cfg.Zone).Format(time.DateOnly)
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, v.cfg.Zone)
	if err != nil {
		return t, casework.Faulty(casework.Fault{Field: name, Words: "is not a day and a time such as 14.30"})
	}
	if now := v.now(); form.Trim(name+".t") == "" && t.After(now) && now.Sub(t) > -12*time.Hour {
		t = now.UTC() // today, though it is not noon yet
	}
	return t, nil
}

func (v *visit) noteKinds() (out []ui.Option) {
	for _, k := range casework.NoteKinds {
		out = append(out, ui.Option{Value: k, Label: v.t("note." + k)})
	}
	return out
}

func (v *visit) noteEvents() []ui.Option {
	out := []ui.Option{{Label: v.t("casefile.noevent")}}
	for _, e := range casework.NoteEvents {
		out = append(out, ui.Option{Value: e, Label: v.t("event." + e)})
	}
	return out
}

// codes are stored words in the visitor's language.
func (v *visit) codes(list string, all []string) []string {
	out := make([]string, len(all))
	for i, word := range all {
		out[i] = words.Code(v.ctx, list, word)
	}
	return out
}

func maskedNIK(n string) string { return words.Masked(n) }

// bornWords is a birth date as far as it is known.
func (v *visit) bornWords(s string) string {
	b, err := casework.ParseBorn(s)
	if err != nil {
		return s
	}
	young, old := b.Age(v.now().In(v.cfg.Zone))
	age := v.n("claim.years", young)
	if old != young {
		age = v.t("claim.between", "young", young, "old", old)
	}
	if b.First.Equal(b.Last) {
		return words.Date(v.ctx, b.First) + ", " + age
	}
	return strings.ReplaceAll(s, "..", "–") + ", " + age
}
