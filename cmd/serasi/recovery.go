package main

import (
	"os"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) recoveryVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new FILE",
		Short: a.t("Buat kunci pemulih; bagian publiknya ke FILE.pub", "Make a recovery key; its public half goes to FILE.pub"),
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path := args[0]
			for _, p := range []string{path, path + ".pub"} {
				if _, err := os.Lstat(p); err == nil {
					return &failure{code: exitFailed, words: p + ": " + a.t("sudah ada", "exists already")}
				}
			}
			recipient, identity, err := node.NewRecoveryKey()
			if err != nil {
				return err
			}
			if err := writeFile(path, []byte(identity+"\n"), 0o600); err != nil {
				return usage("FILE", "%s", reason(err))
			}
			if err := writeFile(path+".pub", []byte(recipient+"\n"), 0o644); err != nil {
				return usage("FILE", "%s", reason(err))
			}
			a.tell(a.t("%s membuka cadangan: cetak, simpan di brankas, lalu hapus dari sini. %s.pub membuat cadangan.",
				"%s opens backups: print it, put it in the safe, and delete it here. %s.pub makes backups."), path, path)
			a.next("backup", "FILE", "--recipient-file", path+".pub")
			return nil
		},
	}
	return a.group("recovery", a.t("Kunci yang membuka cadangan", "The key that opens backups"), cmd)
}
