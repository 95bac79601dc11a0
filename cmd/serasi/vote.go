package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

// vote is what an officer decides with: a key that is here, or a signature that
// was made elsewhere.
type vote struct {
	officer, pass, signature, motionOut, fingerprint string
	dry                                              bool
}

func (a *app) voteFlags(cmd *cobra.Command, v *vote) {
	f := cmd.Flags()
	f.StringVar(&v.officer, "officer", "", a.t("berkas kunci petugas", "file of the officer key"))
	f.StringVar(&v.pass, "passphrase-file", "", a.t("berkas sandinya; - untuk stdin", "file of its passphrase; - for stdin"))
	f.StringVar(&v.signature, "signature", "", a.t("berkas dari serasi officer sign, di tempat --officer", "file from serasi officer sign, in place of --officer"))
	f.StringVar(&v.motionOut, "motion-out", "", a.t("tulis yang harus ditandatangani ke berkas, untuk petugas di tempat lain", "write what is to be signed to a file, for officers elsewhere"))
	f.BoolVar(&v.dry, "dry-run", false, a.t("hanya perlihatkan apa yang akan terjadi", "only show what would happen"))
}

// decide fetches what is to be decided, shows what follows from it, lets the
// officer confirm and sign it, and hands the signature in.
func (a *app) decide(ctx context.Context, m node.Matter, v vote) (d node.Decision, err error) {
	c, err := a.signedIn()
	if err != nil {
		return d, err
	}
	c.flag = a.matterFlag
	motion, err := a.motion(ctx, c, m)
	if err != nil {
		return d, err
	}
	if err := a.preview(motion); err != nil {
		return d, err
	}
	if v.dry || v.motionOut != "" {
		return d, a.handOut(motion, v)
	}
	if motion.Act == "activate" {
		err = a.compare(motion, v)
	} else {
		err = a.confirm(wordFor(motion), a.warning(motion))
	}
	if err != nil {
		return d, err
	}
	sig, err := a.signature(motion, v)
	if err != nil {
		return d, err
	}
	return a.handIn(ctx, c, motion, sig)
}

// motion asks the node for a motion and believes it only as far as its bytes
// bear it out.
func (a *app) motion(ctx context.Context, c *client, m node.Matter) (motion node.Motion, err error) {
	if err := c.post(ctx, "/motions", m, &motion); err != nil {
		return motion, err
	}
	if motion.Act != m.Act || motion.Code != m.Code || !sameTerms(m, motion) {
		return motion, &failure{code: exitFailed, words: a.t("simpul memberi keputusan lain dari yang diminta", "the node gave out another motion than was asked for")}
	}
	return motion, node.CheckMotion(motion)
}

// sameTerms reports whether the node left what was asked for as it was. It may
// only add to what a council leaves open.
func sameTerms(m node.Matter, motion node.Motion) bool {
	if m.Act == "council" || m.Terms == nil {
		return m.Terms == nil || motion.Terms != nil && (len(m.Terms.Officers) == 0 || len(m.Terms.Officers) == len(motion.Terms.Officers))
	}
	want, err1 := json.Marshal(m.Terms)
	got, err2 := json.Marshal(motion.Terms)
	return err1 == nil && err2 == nil && string(want) == string(got)
}

func (a *app) handOut(m node.Motion, v vote) error {
	if v.motionOut != "" {
		b, err := json.MarshalIndent(m, "", "  ")
		if err == nil {
			err = writeFile(v.motionOut, append(b, '\n'), 0o644)
		}
		if err != nil {
			return usage("--motion-out", "%s", reason(err))
		}
		a.next("officer", "sign", v.motionOut)
	}
	a.tell("%s", a.t("Tidak ada yang diubah.", "Nothing was changed."))
	return nil
}

func (a *app) signature(m node.Motion, v vote) (s node.Signature, err error) {
	if v.signature != "" {
		if err := readJSON(v.signature, &s); err != nil {
			return s, usage("--signature", "%s", reason(err))
		}
		return s, nil
	}
	if err := a.need(&v.officer, "officer", a.t("Berkas kunci petugas", "File of the officer key")); err != nil {
		return s, err
	}
	key, err := a.openOfficer(v.officer, "--officer", v.pass)
	if err != nil {
		return s, err
	}
	return key.SignMotion(m)
}

func (a *app) handIn(ctx context.Context, c *client, m node.Motion, sig node.Signature) (d node.Decision, err error) {
	in := struct {
		node.Matter
		Signature node.Signature `json:"signature"`
	}{node.Matter{Act: m.Act, Code: m.Code, Terms: m.Terms}, sig}
	if err := c.post(ctx, "/motions/signatures", in, &d); err != nil {
		return d, err
	}
	err = a.facts(d, a.t("Keputusan", "Motion"), d.Act, "Balai", string(d.Code), a.t("Tanda tangan", "Signatures"), fmt.Sprintf("%d / %d", d.Have, d.Need),
		a.t("Keadaan", "Standing"), d.Standing)
	if !d.Done {
		a.tell(a.t("Perlu %d tanda tangan lagi: petugas lain menjalankan perintah yang sama di simpul mana pun.", "%d more signatures are needed: other officers run the same command at any node."), d.Need-d.Have)
	} else if m.Code != "" {
		a.next("member", "list")
	} else {
		a.next("federation")
	}
	return d, err
}

// wordFor is what somebody types who means it.
func wordFor(m node.Motion) string {
	if m.Code != "" {
		return string(m.Code)
	}
	return m.Act
}

// warning is the last sentence before the signature.
func (a *app) warning(m node.Motion) string {
	switch m.Act {
	case "suspend", "revoke":
		return fmt.Sprintf(a.t("Ini akan memutus %s (%s).", "This cuts %s off (%s)."), m.Code, m.Act)
	case "succeed":
		return fmt.Sprintf(a.t("%s melebur ke %s dan tidak menerima rujukan lagi.", "%s becomes part of %s and takes no handoffs any more."), m.Code, m.Terms.Successor)
	case "council":
		return a.t("Sejak itu hanya petugas ini yang memutuskan; tanda tangan yang terkumpul untuk hal lain batal.", "From then on only these officers decide; signatures gathered for other matters are void.")
	case "switch":
		return a.t("Versi tidak pernah mundur; simpul yang belum dimutakhirkan berhenti mengikuti buku besar.", "A version never goes back; nodes that were not upgraded stop following the ledger.")
	case "reassign":
		return fmt.Sprintf(a.t("Sejak itu %s yang bertanggung jawab.", "From then on %s is responsible."), m.Terms.To)
	default:
		return a.t("Ini mengubah siapa yang memilih.", "This changes who votes.")
	}
}

// preview shows a motion and what follows from it.
func (a *app) preview(m node.Motion) error {
	if m.Act == "activate" && a.output != "json" {
		return nil // the fingerprint is what matters, and is asked about
	}
	if a.output == "json" {
		return nil // one document on stdout: the decision
	}
	var what []string
	if t := m.Terms; t != nil {
		what = []string{
			a.t("Pemilih", "Voters"), codesOf(t.Voters), a.t("Penerus", "Successor"), string(t.Successor), a.t("Kepada", "To"), string(t.To),
			a.t("Kasus", "Case"), t.Case, a.t("Rujukan", "Handoff"), t.Handoff, a.t("Versi", "Version"), yesNo(t.Version > 0, number(t.Version), ""),
		}
		if t.K > 0 {
			what = append(what, a.t("Petugas", "Officers"), fmt.Sprintf(a.t("%d dari %d memutuskan", "%d of %d decide"), t.K, len(t.Officers)), a.t("Kursi pemilih", "Seats"), number(t.Seats))
		}
	}
	facts := append([]string{a.t("Keputusan", "Motion"), m.Act, "Balai", string(m.Code)}, what...)
	if e := m.Effect; e != nil {
		facts = append(facts, a.effect(*e)...)
	}
	a.tellFacts(facts)
	if e := m.Effect; e != nil && m.Act == "seat" && e.After.Voters < e.Seats {
		a.tell("%s", a.paint(amber, fmt.Sprintf(a.t("Kelompok pemilih tumbuh lagi sendiri sampai %d kursi; kurangi dahulu: serasi council --seats N", "The voters grow again by themselves to %d seats; take some away first: serasi council --seats N"), e.Seats)))
	}
	if e := m.Effect; e != nil && e.After.Heard < e.After.Needed {
		a.tell("%s", a.paint(red, a.t("Sesudah itu tidak ada mayoritas yang terdengar: buku besar berhenti.", "After it no majority is heard: the ledger stands still.")))
	} else if e != nil && e.After.Bears == 0 && e.Before.Bears > 0 {
		a.tell("%s", a.paint(amber, a.t("Sesudah itu satu pemilih yang hilang menghentikan buku besar.", "After it the loss of one voter stops the ledger.")))
	}
	return nil
}

func (a *app) effect(e node.Effect) []string {
	quorum := func(q node.Quorum) string {
		return fmt.Sprintf(a.t("%d dari %d harus ada; %d terdengar, boleh hilang %d", "%d of %d must be there; %d heard, %d may be lost"), q.Needed, q.Voters, q.Heard, q.Bears)
	}
	facts := []string{a.t("Sekarang", "Now"), quorum(e.Before)}
	if e.Before != e.After {
		facts = append(facts, a.t("Sesudahnya", "After"), quorum(e.After))
	}
	return append(facts,
		a.t("Mendapat suara", "Gain a vote"), codesOf(e.Gain), a.t("Kehilangan suara", "Lose it"), codesOf(e.Lose), a.t("Tidak terdengar", "Not heard"), codesOf(e.Silent),
		a.t("Kasus yang dipegangnya", "Cases it answers for"), yesNo(e.Cases > 0, number(e.Cases), ""),
		a.t("Rujukan berjalan", "Handoffs under way"), yesNo(e.Handoffs > 0, number(e.Handoffs), ""))
}

func codesOf(codes []node.BalaiCode) string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = string(c)
	}
	return strings.Join(all, ", ")
}

// tellFacts shows facts to people beside the data.
func (a *app) tellFacts(facts []string) {
	for i := 0; i+1 < len(facts); i += 2 {
		if facts[i+1] != "" {
			a.tell("%s: %s", facts[i], plainText(facts[i+1]))
		}
	}
}

// matterFlag names what of a matter is wrong as it was typed.
func (a *app) matterFlag(field string) string {
	field = strings.TrimPrefix(strings.TrimPrefix(field, "body."), "terms.")
	switch {
	case field == "code" || field == "path.code":
		return "CODE"
	case strings.HasPrefix(field, "voters"):
		return "CODE..."
	case field == "successor":
		return "SUCCESSOR"
	case strings.HasPrefix(field, "officers"):
		return "--officer-key"
	case field == "version":
		return "VERSION"
	}
	return a.flagOf(field)
}
