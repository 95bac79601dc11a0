package main

import (
	"os"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) recoveryVerb() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "new --out FILE",
		Short: a.t("Buat kunci pemulih; bagian publiknya ke FILE.pub", "Make a recovery key; its public half goes to FILE.pub"),
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := a.need(&out, "out", a.t("Berkas kunci", "File of the key")); err != nil {
				return err
			}
			for _, p := range []string{out, out + ".pub"} {
				if _, err := os.Lstat(p); err == nil {
					return &failure{code: exitFailed, words: p + ": " + a.t("sudah ada", "exists already")}
				}
			}
			recipient, identity, err := node.NewRecoveryKey()
			if err != nil {
				return err
			}
			if err := writeFile(out, []byte(identity+"\n"), 0o600); err != nil {
				return usage("--out", "%s", reason(err))
			}
			if err := writeFile(out+".pub", []byte(recipient+"\n"), 0o644); err != nil {
				return usage("--out", "%s", reason(err))
			}
			a.tell(a.t("%s membuka cadangan: cetak, simpan di brankas, lalu hapus dari sini. %s.pub membuat cadangan.",
				"%s opens backups: print it, put it in the safe, and delete it here. %s.pub makes backups."), out, out)
			a.next("backup", "FILE", "--recipient-file", out+".pub")
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", a.t("berkas kunci", "file of the key"))
	return a.group("recovery", a.t("Kunci yang membuka cadangan", "The key that opens backups"), cmd)
}
