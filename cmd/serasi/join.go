package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) joinVerb() *cobra.Command {
	var zone string
	cmd := &cobra.Command{
		Use:   "join INVITATION | @FILE | -",
		Short: a.t("Buat simpul dari undangan dan minta diterima", "Make a node from an invitation and ask to be admitted"),
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			invitation, err := a.invitation(args)
			if err != nil {
				return err
			}
			if err := a.need(&zone, "zone", a.t("Zona waktu (WIB, WITA, WIT)", "Time zone (WIB, WITA, WIT)")); err != nil {
				return err
			}
			if err := a.empty(); err != nil {
				return err
			}
			made, err := a.make(cmd, func(cfg node.Config) (node.Made, error) { return node.Join(cmd.Context(), cfg, zone, invitation) })
			if err != nil {
				return err
			}
			a.tell("%s", a.t("Permintaan terkirim. Bacakan sidik di bawah kepada petugas federasi lewat telepon.",
				"The request is filed. Read the fingerprint below to the officers on the telephone."))
			return a.made(made)
		},
	}
	a.settingsFlags(cmd.Flags())
	cmd.Flags().StringVar(&zone, "zone", "", "WIB, WITA, WIT")
	return cmd
}

// invitation finds the text of an invitation: typed, in a file, or on stdin.
func (a *app) invitation(args []string) (string, error) {
	text := ""
	if len(args) > 0 {
		text = args[0]
	}
	switch {
	case text == "":
		err := a.need(&text, "invitation", a.t("Tempel undangan", "Paste the invitation"))
		return text, err
	case text == "-":
		b, err := a.secret("-", "invitation", "")
		return string(b), err
	case strings.HasPrefix(text, "@"):
		b, err := os.ReadFile(text[1:])
		if err != nil {
			return "", usage("INVITATION", "%s", reason(err))
		}
		return strings.TrimSpace(string(b)), nil
	}
	return text, nil
}
