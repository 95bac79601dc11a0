package main

import (
	"github.com/spf13/cobra"
)

// factorVerb sets up a second factor for whoever proves to be somebody: the way
// in for accounts whose role must have one, from a machine without a browser. It
// shows a secret and asks for the first code; with --first it takes that code for
// the secret that was shown last.
func (a *app) factorVerb() *cobra.Command {
	var l login
	var first string
	cmd := &cobra.Command{
		Use: "second-factor", Aliases: []string{"faktor-kedua"}, Args: cobra.NoArgs,
		Short: a.t("Aktifkan faktor kedua untuk akun sendiri", "Set up a second factor for your own account"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.node()
			if err != nil {
				return err
			}
			body, err := a.prove(&l)
			if err != nil {
				return err
			}
			if first == "" {
				var factor struct {
					Address string `json:"address"`
					Secret  string `json:"secret"`
				}
				if err := c.post(cmd.Context(), "/second-factor", body, &factor); err != nil {
					return err
				}
				a.tell("%s", a.t("Masukkan rahasia ini ke aplikasi autentikator.", "Enter this secret in an authenticator app."))
				if a.noInput {
					a.next("second-factor", "--login", l.name, "--first", "123456")
					return a.show(factor, []string{a.t("RAHASIA", "SECRET"), a.t("ALAMAT", "ADDRESS")}, [][]string{{factor.Secret, factor.Address}})
				}
				a.tell("%s", factor.Secret)
				a.tell("%s", factor.Address)
				if err := a.need(&first, "first", a.t("Kode pertama dari aplikasi", "First code of the app")); err != nil {
					return err
				}
			}
			body["first"] = first
			var kept struct {
				Recovery []string `json:"recovery"`
			}
			if err := c.post(cmd.Context(), "/second-factor/confirm", body, &kept); err != nil {
				return err
			}
			a.tell("%s", a.t("Faktor kedua aktif. Simpan kode cadangan ini di tempat aman; masing-masing berlaku sekali:", "The second factor is on. Keep these recovery codes in a safe place; each is good once:"))
			rows := make([][]string, 0, len(kept.Recovery))
			for _, code := range kept.Recovery {
				rows = append(rows, []string{code})
			}
			return a.show(kept, []string{a.t("KODE", "CODE")}, rows)
		},
	}
	a.loginFlags(cmd, &l)
	cmd.Flags().StringVar(&first, "first", "", a.t("kode pertama dari aplikasi, untuk rahasia yang terakhir ditampilkan", "first code of the app, for the secret shown last"))
	return cmd
}
