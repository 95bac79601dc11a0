package main

import (
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) approveVerb() *cobra.Command {
	var v vote
	cmd := &cobra.Command{
		Use:   "approve CODE",
		Short: a.t("Setujui balai yang minta bergabung, dengan kunci petugas", "Approve a balai that asks to join, with an officer key"),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := a.decide(cmd.Context(), node.Matter{Act: "activate", Code: node.BalaiCode(args[0])}, v)
			return err
		},
	}
	a.voteFlags(cmd, &v)
	cmd.Flags().StringVar(&v.fingerprint, "fingerprint", "", a.t("sidik yang dibacakan balai itu lewat telepon", "fingerprint that the balai read out on the telephone"))
	return cmd
}

// compare makes sure that a human compared the keys of who asks to join.
func (a *app) compare(m node.Motion, v vote) error {
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
