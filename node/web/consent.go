package web

import (
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

func (s *Site) consentRoutes() {
	s.page("GET /kasus/{id}/persetujuan", (*visit).consentPage)
	s.page("POST /kasus/{id}/persetujuan", (*visit).addConsent)
	s.page("GET /kasus/{id}/persetujuan/{consent}/tarik", (*visit).withdrawPage)
	s.page("POST /kasus/{id}/persetujuan/{consent}/tarik", (*visit).withdraw)
}

// consentText is the version of the text that people are read out or sign.
const consentText = "UU 27/2022, naskah 1"

func (v *visit) consentPage() error {
	form := v.form("persetujuan", v.caseID())
	form.Set("scope", casework.ForProcessing)
	form.Set("text", consentText)
	form.Set("recipient", v.query("untuk"))
	if v.query("untuk") != "" && !form.Found {
		form.Values.Set("scope", casework.ForSharing)
	}
	return v.showConsent(form)
}

func (v *visit) showConsent(form *ui.Form) error {
	f, err := v.file()
	if err != nil {
		return err
	}
	list, err := v.cfg.Cases.Consents(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("consent.title"), Form: form}, consentBody(v, form, f, list))
}

func (v *visit) addConsent() error {
	form := v.form("persetujuan", v.caseID())
	c := casework.Consent{
		Scope: form.Value("scope"), Recipient: casework.BalaiCode(form.Trim("recipient")), Partner: form.Trim("partner"), Purpose: form.Trim("purpose"),
		How: form.Value("how"), GivenBy: form.Value("givenBy"), Name: form.Trim("name"), Witness: form.Trim("witness"), Text: form.Trim("text"),
		Language: form.Trim("language"), Means: form.Value("means"), Why: form.Trim("why"),
	}
	if c.Scope != casework.ForSharing {
		c.Recipient, c.Partner = "", "" // the fields are there for sharing only
	}
	var err error
	if c.At, err = v.moment(form, "at"); err == nil {
		c.Until, err = v.dayAfter(form, "until")
	}
	if err == nil {
		_, err = v.cfg.Cases.AddConsent(v.ctx, v.by, v.caseID(), c)
	}
	if v.mend(form, err) {
		return v.showConsent(form)
	}
	if err != nil {
		return err
	}
	return v.done(form, v.casePath("persetujuan"), v.t("consent.added"))
}

// dayAfter is the end of the day that stands in a field, or zero.
func (v *visit) dayAfter(form *ui.Form, name string) (time.Time, error) {
	day := form.Date(name)
	if day == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, day, v.cfg.Zone)
	if err != nil {
		return t, casework.Faulty(casework.Fault{Field: name, Words: "is not a date such as 2026-08-17"})
	}
	return t.AddDate(0, 0, 1).UTC(), nil
}

func (v *visit) withdrawPage() error {
	c, err := v.consent()
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("consent.withdraw")}, withdrawBody(v, v.plain(), c))
}

// consent is the one that the address names.
func (v *visit) consent() (casework.Consent, error) {
	list, err := v.cfg.Cases.Consents(v.ctx, v.by, v.caseID())
	if err != nil {
		return casework.Consent{}, err
	}
	for _, c := range list {
		if string(c.ID) == v.part("consent") {
			return c, nil
		}
	}
	return casework.Consent{}, casework.NotFound.Because("there is no such consent")
}

func (v *visit) withdraw() error {
	if _, err := v.cfg.Cases.WithdrawConsent(v.ctx, v.by, v.caseID(), casework.ConsentID(v.part("consent"))); err != nil {
		return err
	}
	return v.done(nil, v.casePath("persetujuan"), v.t("consent.withdrawn.done"))
}

// balaiOptions are the units that a file may be shared with.
func (v *visit) balaiOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("casefile.notsaid")}}
	for _, s := range casework.Sentras() {
		if s.Code != "" && s.Code != v.cfg.Balai {
			out = append(out, ui.Option{Value: string(s.Code), Label: s.Name + " (" + string(s.Code) + ")"})
		}
	}
	return out
}

// consentState is how a consent stands, and how that is shown.
func (v *visit) consentState(c casework.Consent) (kind, text string) {
	switch {
	case !c.Withdrawn.IsZero():
		return ui.Bad, v.t("consent.is.withdrawn")
	case !c.Valid(v.now()):
		return ui.Plain, v.t("consent.over")
	}
	return ui.Good, v.t("consent.is.valid")
}

func (v *visit) meansOptions() []ui.Option {
	return append([]ui.Option{{Label: v.t("casefile.notsaid")}}, v.options("consent.means", casework.ConsentMeans...)...)
}
