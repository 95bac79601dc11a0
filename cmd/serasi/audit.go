package main

import (
	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) auditVerb() *cobra.Command {
	var ref, user, cursor string
	var limit int
	cmd := &cobra.Command{
		Use: "audit", Short: a.t("Siapa membaca atau mengubah apa", "Who read or changed what"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			id := ""
			if ref != "" {
				if id, err = a.caseID(cmd.Context(), c, ref); err != nil {
					return err
				}
			}
			if user != "" && !isID(user) {
				return usage("--user", "%s", a.t("bukan id akun", "is not the id of an account"))
			}
			var p node.Page[node.Line]
			if err := c.get(cmd.Context(), "/audit", queryOf("case", id, "user", user, "cursor", cursor, "limit", number(limit)), &p); err != nil {
				return err
			}
			var rows [][]string
			for _, l := range p.Items {
				rows = append(rows, []string{number(l.Seq), when(l.At), l.Name, string(l.Role), l.Act, l.What, string(l.Case)[:min(8, len(l.Case))], l.Outcome})
			}
			err = a.show(p, []string{
				"NO", a.t("WAKTU", "TIME"), a.t("NAMA", "NAME"), a.t("PERAN", "ROLE"), a.t("TINDAKAN", "ACT"), a.t("BAGIAN", "PART"), a.t("KASUS", "CASE"), a.t("HASIL", "OUTCOME"),
			}, rows)
			a.more(p.Next)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&ref, "case", "", a.t("satu kasus", "one case"))
	f.StringVar(&user, "user", "", a.t("id akun", "id of an account"))
	f.StringVar(&cursor, "cursor", "", a.t("halaman berikut", "next page"))
	f.IntVar(&limit, "limit", 50, "1-100")
	return cmd
}
