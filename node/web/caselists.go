package web

import (
	"slices"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

// sources are the ways in of form F1, "Cara masuk". They are stored as they
// stand here.
var sources = []string{
	"datang sendiri", "diantar keluarga", casework.FromBalai, "rujukan Dinsos", "rujukan SLRT-Puskesos", "LKS", "kepolisian-kejaksaan-pengadilan",
	"rumah sakit", "penjangkauan-TRC", "aduan",
}

var bases = []casework.Basis{
	casework.ByConsent, casework.ByVitalInterest, casework.ByPublicTask, casework.ByLegalDuty, casework.ByContract, casework.ByLegitimate,
}

// options are stored words to choose from.
func (v *visit) options(list string, all ...string) (out []ui.Option) {
	for i, label := range v.codes(list, all) {
		out = append(out, ui.Option{Value: all[i], Label: label})
	}
	return out
}

func (v *visit) basisOptions() (out []ui.Option) {
	for _, b := range bases {
		out = append(out, ui.Option{Value: string(b), Label: v.t("basis." + string(b))})
	}
	return out
}

// sourceOptions are the ways in, and the one that stands there if it is another.
func (v *visit) sourceOptions(now string) []ui.Option {
	all := slices.Clone(sources)
	if now != "" && !slices.Contains(all, now) {
		all = append(all, now)
	}
	return append([]ui.Option{{Label: v.t("casefile.notsaid")}}, v.options("source", all...)...)
}

// clusterOptions are the clusters of today, and the one that stands there.
func (v *visit) clusterOptions(now string) []ui.Option {
	out := []ui.Option{{Label: v.t("casefile.notsaid")}}
	for _, c := range casework.Clusters(v.now().In(v.cfg.Zone)) {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name})
	}
	if now != "" && !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == now }) {
		out = append(out, ui.Option{Value: now, Label: clusterName(now)})
	}
	return out
}

func ppksOptions() (out []ui.Option) {
	for _, c := range casework.Categories() {
		out = append(out, ui.Option{Value: c.Code, Label: c.Code + " " + c.Name, Hint: c.Rule})
	}
	return out
}

func (v *visit) professionOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("casefile.notsaid")}}
	for _, p := range casework.Signers {
		out = append(out, ui.Option{Value: p, Label: strings.ToUpper(p[:1]) + p[1:]})
	}
	return out
}

// isPage reports whether there is a page at a path of the desk.
func (v *visit) isPage(path string) bool { return v.patternOf(path) != "" }

// stepTitle says what became of a case.
func (v *visit) stepTitle(s casework.Step) string {
	title := words.Code(v.ctx, "step", s.What)
	switch s.What {
	case casework.WasMoved:
		title += ": " + v.stageName(s.Stage)
	case casework.FormSigned:
		title += ": " + s.Words
	}
	if s.Other != "" {
		title += " (" + string(s.Other) + ")"
	}
	return title
}

// consentWords is a consent in one line.
func (v *visit) consentWords(c casework.Consent) string {
	parts := []string{words.Code(v.ctx, "consent.scope", c.Scope)}
	if to := string(c.Recipient) + c.Partner; to != "" {
		parts = append(parts, v.t("consent.to", "balai", to))
	}
	parts = append(parts, c.Purpose, words.Code(v.ctx, "consent.how", c.How))
	if !c.Withdrawn.IsZero() {
		parts = append(parts, v.t("consent.withdrawn", "date", words.Date(v.ctx, c.Withdrawn)))
	} else if !c.Valid(v.now()) {
		parts = append(parts, v.t("consent.over"))
	}
	return strings.Join(parts, " · ")
}
