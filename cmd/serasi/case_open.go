package main

import (
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"serasi/node"
)

// claim is what somebody says about a person, as a caller sends it.
type claim struct {
	Kind     string `json:"kind"`
	Value    string `json:"value"`
	Standing string `json:"standing"`
	Source   string `json:"source,omitempty"`
}

// claimFlags are the kinds of claim that have a flag of their own.
var claimFlags = []struct{ flag, kind, id, en string }{
	{"name", "name", "nama", "name"},
	{"alias", "alias", "nama panggilan", "nickname"},
	{"nik", "nik", "NIK", "NIK"},
	{"born", "born", "lahir: 2015-08-17, 2015-08, 2015 atau 2013..2017", "born: 2015-08-17, 2015-08, 2015 or 2013..2017"},
	{"sex", "sex", "L, P atau unknown", "L, P or unknown"},
	{"mother-name", "mother", "nama ibu kandung", "name of the mother"},
	{"region", "region", "kode wilayah asal, mis. 33.72", "code of the region of origin, such as 33.72"},
	{"domicile", "domicile", "tempat tinggal", "where the person lives"},
	{"marks", "marks", "ciri-ciri", "distinguishing marks"},
	{"found", "found", "tempat dan waktu ditemukan", "place and time found"},
}

// intake is what the flags of case open say.
type intake struct {
	values           map[string]*string // of claimFlags
	standing, source string             // of all of them
	claims           []string           // KIND=VALUE[;STANDING[;SOURCE]]

	urgency, basis, need, cameBy, mode, cluster, lead, unit, motherCase, again, at string
	ppks, ragam, secrecy                                                           []string
	unborn                                                                         bool
}

func (a *app) intakeFlags(f *pflag.FlagSet, in *intake) {
	in.values = map[string]*string{}
	for _, c := range claimFlags {
		in.values[c.flag] = f.String(c.flag, "", a.t(c.id, c.en))
	}
	f.StringVar(&in.standing, "standing", "stated", "verified, documented, stated, estimated, recording, not known")
	f.StringVar(&in.source, "claim-source", "", a.t("menurut siapa: KTP, nenek, polisi", "who says so: KTP, grandmother, police"))
	f.StringArrayVar(&in.claims, "claim", nil, a.t("keterangan lain: JENIS=NILAI[;STATUS[;SUMBER]]", "another claim: KIND=VALUE[;STANDING[;SOURCE]]"))
	f.StringVar(&in.urgency, "urgency", "", "24h, 3d, normal")
	f.StringVar(&in.basis, "basis", "", "consent, contract, legal duty, vital interest, public task, legitimate interest")
	f.StringVar(&in.need, "need", "", a.t("kebutuhan", "what the person needs"))
	f.StringVar(&in.cameBy, "source", "", a.t("cara masuk", "how the person came"))
	f.StringVar(&in.mode, "mode", "", "SRP, SEP, OSS")
	f.StringVar(&in.cluster, "cluster", "", a.t("klaster", "cluster"))
	f.StringSliceVar(&in.ppks, "ppks", nil, "01-26")
	f.StringSliceVar(&in.ragam, "ragam", nil, "fisik, intelektual, mental, sensorik")
	f.StringSliceVar(&in.secrecy, "secrecy", nil, "ABH, NAPZA, HIV, TPPO")
	f.StringVar(&in.lead, "lead", "", a.t("id PJ kasus", "id of who leads the case"))
	f.StringVar(&in.unit, "unit", "", a.t("unit kerja", "work unit"))
	f.BoolVar(&in.unborn, "unborn", false, a.t("janin", "not yet born"))
	f.StringVar(&in.motherCase, "mother", "", a.t("id kasus ibunya", "id of the mother's case"))
	f.StringVar(&in.again, "again", "", a.t("id kasus lama orang yang sama", "id of an earlier case of the same person"))
	f.StringVar(&in.at, "at", "", a.t("kapan datang, mis. 2026-11-02T09:00:00+07:00", "when the person came, such as 2026-11-02T09:00:00+07:00"))
}

// said are the claims, and the flag each came from.
func (in intake) said(a *app) (list []claim, from []string, err error) {
	for _, c := range claimFlags {
		if v := *in.values[c.flag]; v != "" {
			list, from = append(list, claim{c.kind, v, in.standing, in.source}), append(from, "--"+c.flag)
		}
	}
	for _, text := range in.claims {
		c, err := parseClaim(a, text, in.standing)
		if err != nil {
			return nil, nil, err
		}
		list, from = append(list, c), append(from, "--claim "+c.Kind)
	}
	return list, from, nil
}

func parseClaim(a *app, text, standing string) (claim, error) {
	kind, rest, ok := strings.Cut(text, "=")
	if !ok || kind == "" {
		return claim{}, usage("--claim", "%q: %s", text, a.t("tulis JENIS=NILAI[;STATUS[;SUMBER]]", "write KIND=VALUE[;STANDING[;SOURCE]]"))
	}
	part := append(strings.SplitN(rest, ";", 3), "", "")
	return claim{Kind: kind, Value: part[0], Standing: firstOf(part[1], standing), Source: part[2]}, nil
}

func (a *app) caseOpen() *cobra.Command {
	var in intake
	cmd := &cobra.Command{
		Use: "open", Args: cobra.NoArgs,
		Short: a.t("Daftarkan orang dan buka kasus; tanpa NIK, tanpa jaringan pun bisa", "Register a person and open a case; works without NIK and network"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.need(&in.urgency, "urgency", a.t("Urgensi (24h, 3d, normal)", "Urgency (24h, 3d, normal)")); err != nil {
				return err
			}
			if err := a.need(&in.basis, "basis", a.t("Dasar pemrosesan (consent, vital interest, public task, ...)", "Basis (consent, vital interest, public task, ...)")); err != nil {
				return err
			}
			body, from, err := in.body(a)
			if err != nil {
				return err
			}
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			c.flag = func(field string) string { return a.intakeFlag(field, from) }
			var out opened
			if err := c.post(cmd.Context(), "/cases", body, &out); err != nil {
				return err
			}
			a.warn(out.Warnings)
			err = a.showOverview(node.Overview{Case: out.Case, Person: out.Person})
			a.next("case", "note", out.Case.Number, "--text", "…")
			return err
		},
	}
	a.intakeFlags(cmd.Flags(), &in)
	return cmd
}

// opened is the answer to a new case.
type opened struct {
	Case     node.Case      `json:"case"`
	Person   node.Person    `json:"person"`
	Warnings []node.Warning `json:"warnings"`
}

func (a *app) warn(all []node.Warning) {
	for _, w := range all {
		a.tell("%s %s", a.paint(amber, a.t("Perhatikan:", "Note:")), plainText(w.Words))
		for _, id := range w.Cases {
			a.tell("  %s", a.command("case", "show", string(id)))
		}
	}
}

func (in intake) body(a *app) (body map[string]any, from []string, err error) {
	claims, from, err := in.said(a)
	if err != nil {
		return nil, nil, err
	}
	body = withoutEmpty(map[string]any{
		"unborn": in.unborn, "mother": in.motherCase, "again": in.again, "mode": in.mode, "cluster": in.cluster, "ppks": in.ppks,
		"ragam": in.ragam, "secrecy": in.secrecy, "urgency": in.urgency, "basis": in.basis, "source": in.cameBy, "need": in.need,
		"lead": in.lead, "unit": in.unit,
	})
	if len(claims) > 0 {
		body["claims"] = claims
	}
	at, err := parseTime(a, "at", in.at)
	if err == nil && !at.IsZero() {
		body["at"] = at
	}
	return body, from, err
}

// intakeFlag finds the flag of a claim that was refused by its number.
func (a *app) intakeFlag(field string, from []string) string {
	rest, ok := strings.CutPrefix(field, "body.claims[")
	if !ok {
		return a.flagOf(field)
	}
	n := 0
	for _, r := range rest {
		if r < '0' || r > '9' {
			break
		}
		n = n*10 + int(r-'0')
	}
	if n >= len(from) {
		return field
	}
	if strings.HasSuffix(field, "].standing") {
		return from[n] + " (--standing)"
	}
	return from[n]
}

// parseTime reads a time with its zone, or a day.
func parseTime(a *app, flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation("2006-01-02", s, time.Local); err == nil {
		return t, nil
	}
	return time.Time{}, usage("--"+flag, "%q: %s", s, a.t("tulis 2026-11-02 atau 2026-11-02T09:00:00+07:00", "write 2026-11-02 or 2026-11-02T09:00:00+07:00"))
}

// path joins the parts of an address, each escaped.
func path(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}
