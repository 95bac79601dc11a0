package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

// vote is what an officer decides with.
type vote struct {
	officer, pass, fingerprint string
}

func (a *app) voteFlags(cmd *cobra.Command, v *vote) {
	f := cmd.Flags()
	f.StringVar(&v.officer, "officer", "", a.t("berkas kunci petugas", "file of the officer key"))
	f.StringVar(&v.pass, "passphrase-file", "", a.t("berkas sandinya; - untuk stdin", "file of its passphrase; - for stdin"))
}

func (a *app) approveVerb() *cobra.Command {
	var v vote
	cmd := &cobra.Command{
		Use:   "approve CODE",
		Short: a.t("Setujui balai yang minta bergabung, dengan kunci petugas", "Approve a balai that asks to join, with an officer key"),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.vote(cmd.Context(), args[0], "activate", "approve", v)
		},
	}
	a.voteFlags(cmd, &v)
	cmd.Flags().StringVar(&v.fingerprint, "fingerprint", "", a.t("sidik yang dibacakan balai itu lewat telepon", "fingerprint that the balai read out on the telephone"))
	return cmd
}

// vote fetches what is to be decided, lets the officer compare it, signs it and
// hands the signature in.
func (a *app) vote(ctx context.Context, code, act, path string, v vote) error {
	c, err := a.signedIn()
	if err != nil {
		return err
	}
	c.flag = func(field string) string { return yesNo(field == "path.code", "CODE", a.flagOf(field)) }
	var m node.Motion
	if err := c.get(ctx, "/members/"+url.PathEscape(code)+"/motion", url.Values{"act": {act}}, &m); err != nil {
		return err
	}
	if m.Act != act || string(m.Code) != code {
		return &failure{code: exitFailed, words: a.t("simpul memberi keputusan lain dari yang diminta", "the node gave out another motion than was asked for")}
	}
	if err := node.CheckMotion(m); err != nil {
		return err
	}
	if err := a.compare(m, v); err != nil {
		return err
	}
	if err := a.need(&v.officer, "officer", a.t("Berkas kunci petugas", "File of the officer key")); err != nil {
		return err
	}
	key, err := a.openOfficer(v.officer, "--officer", v.pass)
	if err != nil {
		return err
	}
	sig, err := key.SignMotion(m)
	if err != nil {
		return err
	}
	var d node.Decision
	if err := c.post(ctx, "/members/"+url.PathEscape(code)+"/"+path, sig, &d); err != nil {
		return err
	}
	err = a.facts(d, a.t("Balai", "Balai"), string(d.Code), a.t("Tanda tangan", "Signatures"), fmt.Sprintf("%d / %d", d.Have, d.Need),
		a.t("Keadaan", "Standing"), d.Standing)
	if !d.Done {
		a.tell(a.t("Perlu %d tanda tangan lagi.", "%d more signatures are needed."), d.Need-d.Have)
	} else {
		a.next("member", "list")
	}
	return err
}

// compare makes sure that a human compared what is signed.
func (a *app) compare(m node.Motion, v vote) error {
	if m.Act != "activate" {
		return a.confirm(string(m.Code), fmt.Sprintf(a.t("Ini akan memutus %s (%s).", "This cuts %s off (%s)."), m.Code, m.Act))
	}
	if v.fingerprint != "" {
		if plainHex(v.fingerprint) != plainHex(m.Content) {
			return &failure{
				code: exitFailed, words: a.t("sidik tidak cocok: jangan setujui; ini bukan simpul yang menelepon", "the fingerprints differ: do not approve; this is not the node that called"),
				list: []string{m.Content},
			}
		}
		return nil
	}
	a.tell(a.t("Sidik simpul %s:\n  %s", "Fingerprint of node %s:\n  %s"), m.Code, a.paint(bold, m.Content))
	return a.confirm(a.t("cocok", "same"), a.t("Telepon balai itu dan bandingkan.", "Call that balai and compare."))
}

func plainHex(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", " ", "", ":", "").Replace(s))
}
