package main

import (
	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) outboxVerb() *cobra.Command {
	var state, cursor string
	cmd := &cobra.Command{
		Use: "outbox", Short: a.t("Kotak keluar: yang masih menuju buku besar", "The outbox: what is on its way to the ledger"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			var p node.Page[node.Queued]
			if err := c.get(cmd.Context(), "/outbox", queryOf("state", state, "cursor", cursor), &p); err != nil {
				return err
			}
			var rows [][]string
			for _, q := range p.Items {
				rows = append(rows, []string{
					when(q.Created), q.Act, string(q.To), q.State, firstOf(q.Reason, q.Waits), number(q.Tries), string(q.Handoff)[:min(8, len(q.Handoff))],
				})
			}
			err = a.show(p, []string{
				a.t("DIBUAT", "MADE"), a.t("LANGKAH", "ACT"), a.t("KE", "TO"), a.t("KEADAAN", "STATE"), a.t("SEBAB", "WHY"), a.t("COBA", "TRIES"), a.t("SERAH TERIMA", "HANDOFF"),
			}, rows)
			a.more(p.Next)
			return err
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "pending, committed, rejected, undecided")
	cmd.Flags().StringVar(&cursor, "cursor", "", a.t("halaman berikut", "next page"))
	return cmd
}
