package main

import (
	"context"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) ledgerVerb() *cobra.Command {
	return a.group("ledger", a.t("Buku besar bersama", "The shared ledger"), a.ledgerLog(), a.ledgerHead(), a.ledgerVerify())
}

// events is one page of the ledger.
type events struct {
	Items []node.Event `json:"items"`
	Next  uint64       `json:"next,omitempty"`
}

func (c *client) events(ctx context.Context, from uint64, limit int) (e events, err error) {
	err = c.get(ctx, "/ledger/events", queryOf("from", number(from), "limit", number(limit)), &e)
	return e, err
}

func (a *app) ledgerLog() *cobra.Command {
	var from uint64
	var limit int
	cmd := &cobra.Command{
		Use: "log", Short: a.t("Peristiwa, terlama dulu", "Events, oldest first"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			e, err := c.events(cmd.Context(), from, limit)
			if err != nil {
				return err
			}
			var rows [][]string
			for _, x := range e.Items {
				way := ""
				if x.From != "" {
					way = string(x.From) + " > " + string(x.To)
				}
				rows = append(rows, []string{
					number(x.Index), when(x.Time), string(x.Actor), x.Act, x.Subject[:min(8, len(x.Subject))], way, x.Stage, yesNo(x.Epoch > 0, number(x.Epoch), ""), x.Hash[:min(12, len(x.Hash))],
				})
			}
			err = a.show(e, []string{
				"NO", a.t("WAKTU", "TIME"), a.t("OLEH", "BY"), a.t("LANGKAH", "ACT"), a.t("PERIHAL", "SUBJECT"), a.t("DARI > KE", "FROM > TO"),
				a.t("TAHAP", "STAGE"), "EPOCH", "HASH",
			}, rows)
			if e.Next > 0 {
				a.tell(a.t("Masih ada: tambahkan --from %d", "There is more: add --from %d"), e.Next)
			}
			return err
		},
	}
	cmd.Flags().Uint64Var(&from, "from", 1, a.t("nomor pertama", "first number"))
	cmd.Flags().IntVar(&limit, "limit", 50, "1-100")
	return cmd
}

func (a *app) ledgerHead() *cobra.Command {
	return &cobra.Command{
		Use: "head", Short: a.t("Sampai mana simpul ini mengikuti", "How far this node has followed"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			var h node.Head
			if err := c.get(cmd.Context(), "/ledger/head", nil, &h); err != nil {
				return err
			}
			return a.showHead(h)
		},
	}
}

func (a *app) showHead(h node.Head) error {
	return a.facts(h, a.t("Peristiwa", "Event"), number(h.Index), "Hash", h.Hash, a.t("Waktu", "Time"), when(h.Time), a.t("Federasi", "Federation"), h.Federation)
}

func (a *app) ledgerVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Args: cobra.NoArgs,
		Short: a.t("Putar ulang seluruh buku besar dan periksa setiap tanda tangan", "Replay the whole ledger and check every signature"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := node.VerifyLedger(a.dir)
			if err != nil {
				return err
			}
			if err := a.showHead(h); err != nil {
				return err
			}
			if h.Index == 0 {
				a.tell("%s", a.t("Buku besar masih kosong.", "The ledger is still empty."))
				return nil
			}
			a.tell("%s", a.paint(green, a.t("Utuh: setiap perintah dan hash cocok.", "Whole: every command and hash fits.")))
			return nil
		},
	}
}
