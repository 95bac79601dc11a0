package main

import (
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) inviteVerb() *cobra.Command {
	var expires time.Duration
	var out string
	cmd := &cobra.Command{
		Use:   "invite CODE",
		Short: a.t("Undang satu balai bergabung", "Invite one balai to join"),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if expires < time.Hour || expires > 168*time.Hour || expires%time.Hour != 0 {
				return usage("--expires", "%s", a.t("1h sampai 168h, jam penuh", "1h to 168h, whole hours"))
			}
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			c.flag = func(field string) string {
				if field == "body.code" {
					return "CODE"
				}
				return a.flagOf(field)
			}
			var inv node.Invitation
			if err := c.post(cmd.Context(), "/invitations", map[string]any{"code": args[0], "hours": int(expires.Hours())}, &inv); err != nil {
				return err
			}
			if out != "" {
				if err := writeFile(out, []byte(inv.Text+"\n"), 0o600); err != nil {
					return usage("--out", "%s", reason(err))
				}
			}
			a.tell(a.t("Berlaku sampai %s, untuk %s saja, satu kali.", "Good until %s, for %s only, once."), when(inv.Expires), inv.Code)
			a.tell("%s serasi join %s", a.t("Di balai itu:", "At that balai:"), yesNo(out != "", "@"+out, "…"))
			if a.output == "json" {
				return writeJSON(a.stdout, inv)
			}
			if out == "" {
				_, err = a.stdout.Write([]byte(inv.Text + "\n"))
			}
			return err
		},
	}
	cmd.Flags().DurationVar(&expires, "expires", 24*time.Hour, a.t("masa berlaku", "how long it is good"))
	cmd.Flags().StringVar(&out, "out", "", a.t("tulis undangan ke berkas", "write the invitation to a file"))
	return cmd
}
