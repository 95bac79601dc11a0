package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) memberVerb() *cobra.Command {
	return a.group("member", a.t("Balai anggota federasi", "Members of the federation"),
		a.memberList(), a.memberShow(),
		a.memberVerdict("suspend", a.t("Bekukan anggota selama 72 jam (2 petugas)", "Suspend a member for 72 hours (2 officers)")),
		a.memberVerdict("revoke", a.t("Keluarkan anggota untuk selamanya (k petugas)", "Revoke a member for good (k officers)")),
		a.memberSuccessor(),
	)
}

type memberList struct {
	Items []node.Member `json:"items"`
}

func (a *app) memberList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: a.t("Daftar anggota", "List the members"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			var l memberList
			if err := c.get(cmd.Context(), "/members", nil, &l); err != nil {
				return err
			}
			var rows [][]string
			for _, m := range l.Items {
				rows = append(rows, []string{
					string(m.Code), m.Standing, a.part(m), yesNo(m.Reachable, a.t("terhubung", "connected"), a.t("tak terdengar", "not heard")),
					number(m.Applied), m.Address, yesNo(m.Needed > 0, fmt.Sprintf("%d/%d", m.Approvals, m.Needed), ""),
				})
			}
			return a.show(l, []string{
				a.t("BALAI", "BALAI"), a.t("KEADAAN", "STANDING"), a.t("PERAN", "PART"), a.t("HUBUNGAN", "LINK"), a.t("PERISTIWA", "EVENT"),
				a.t("ALAMAT", "ADDRESS"), a.t("SETUJU", "APPROVED"),
			}, rows)
		},
	}
}

func (a *app) part(m node.Member) string {
	switch {
	case m.Leader:
		return a.t("pemimpin", "leader")
	case m.Voter:
		return a.t("pemilih", "voter")
	default:
		return ""
	}
}

func (a *app) memberShow() *cobra.Command {
	return &cobra.Command{
		Use: "show CODE", Short: a.t("Satu anggota", "One member"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			var l memberList
			if err := c.get(cmd.Context(), "/members", nil, &l); err != nil {
				return err
			}
			for _, m := range l.Items {
				if string(m.Code) == args[0] {
					return a.facts(m, "Balai", string(m.Code), a.t("Keadaan", "Standing"), m.Standing, a.t("Peran", "Part"), a.part(m),
						a.t("Alamat", "Address"), m.Address, a.t("Sejak", "Since"), when(m.Since), a.t("Sampai", "Until"), when(m.Until),
						a.t("Terakhir terdengar", "Last heard"), when(m.Heard), a.t("Kunci", "Key"), m.Key)
				}
			}
			return &failure{code: exitFailed, words: a.t("tidak ada anggota ", "there is no member ") + args[0]}
		},
	}
}

func (a *app) memberVerdict(act, short string) *cobra.Command {
	var v vote
	cmd := &cobra.Command{
		Use: act + " CODE", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := a.decide(cmd.Context(), node.Matter{Act: act, Code: node.BalaiCode(args[0])}, v)
			return err
		},
	}
	a.voteFlags(cmd, &v)
	return cmd
}
