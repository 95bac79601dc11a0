package main

import (
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) backupVerb() *cobra.Command {
	var recipient, file string
	cmd := &cobra.Command{
		Use: "backup FILE", Args: cobra.ExactArgs(1),
		Short: a.t("Cadangkan simpul yang berjalan ke FILE (terenkripsi)", "Back up the running node to FILE (encrypted)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if file != "" {
				b, err := os.ReadFile(file)
				if err != nil {
					return usage("--recipient-file", "%s", reason(err))
				}
				recipient = string(firstLine(b))
			}
			if _, err := os.Lstat(args[0]); err == nil {
				return &failure{code: exitFailed, words: args[0] + ": " + a.t("sudah ada; tidak ditimpa", "exists already; it is not overwritten")}
			}
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			body := withoutEmpty(map[string]any{"recipient": recipient})
			resp, err := c.send(cmd.Context(), request{method: http.MethodPost, path: "/node/backup", body: body})
			if err != nil {
				return err
			}
			defer func() { _ = resp.Body.Close() }()
			size, err := a.download(resp.Body, args[0])
			if err != nil {
				return err
			}
			v := struct {
				File  string `json:"file"`
				Bytes int64  `json:"bytes"`
			}{args[0], size}
			err = a.facts(v, a.t("Cadangan", "Backup"), v.File, a.t("Byte", "Bytes"), number(v.Bytes))
			a.next("restore", args[0], "--recovery", "FILE")
			return err
		},
	}
	cmd.Flags().StringVar(&recipient, "recipient", "", a.t("penerima age; tanpa ini kunci pemulih simpul", "age recipient; without it the node's recovery key"))
	cmd.Flags().StringVar(&file, "recipient-file", "", a.t("berkas penerima, dari serasi recovery new", "file of the recipient, from serasi recovery new"))
	cmd.AddCommand(a.backupList(), a.backupTest())
	return cmd
}

// download writes a stream to a file that is whole or not there.
func (a *app) download(r io.Reader, path string) (n int64, err error) {
	tmp := path + ".part"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, usage("FILE", "%s", reason(err))
	}
	var out io.Writer = f
	if a.colour && !a.plain && a.output == "table" {
		out = io.MultiWriter(f, progressbar.DefaultBytes(-1, a.t("mencadangkan", "backing up")))
	}
	n, err = io.Copy(out, r)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return n, errors.Join(err, os.Remove(tmp))
	}
	return n, os.Rename(tmp, path)
}

func (a *app) restoreVerb() *cobra.Command {
	var recovery string
	cmd := &cobra.Command{
		Use: "restore FILE", Args: cobra.ExactArgs(1),
		Short: a.t("Bangun lagi simpul dari cadangan, sebagai inkarnasi baru", "Build a node from a backup, as a new incarnation"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return usage("FILE", "%s", reason(err))
			}
			defer func() { _ = f.Close() }()
			if err := a.need(&recovery, "recovery", a.t("Berkas kunci pemulih", "File of the recovery key")); err != nil {
				return err
			}
			identity, err := os.ReadFile(recovery)
			if err != nil {
				return usage("--recovery", "%s", reason(err))
			}
			if err := a.empty(); err != nil {
				return err
			}
			made, err := a.make(cmd, func(cfg node.Config) (node.Made, error) {
				return node.Restore(cmd.Context(), cfg, f, string(identity))
			})
			if err != nil {
				return err
			}
			a.tell("%s", a.t("Simpul menanyakan buku besar dahulu sebelum boleh menyunting kasus yang dikenal di sana.",
				"The node first asks the ledger what became of its cases before it edits them."))
			return a.made(made)
		},
	}
	a.settingsFlags(cmd.Flags())
	cmd.Flags().StringVar(&recovery, "recovery", "", a.t("berkas kunci pemulih", "file of the recovery key"))
	return cmd
}

func (a *app) backupList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		Short: a.t("Cadangan harian yang disimpan simpul di foldernya", "The daily backups that the node keeps in its folder"),
		RunE: func(*cobra.Command, []string) error {
			kept, err := node.Backups(a.dir)
			if err != nil {
				return err
			}
			rows := [][]string{}
			for _, k := range kept {
				rows = append(rows, []string{k.File, when(k.Made), number(k.Bytes)})
			}
			list := struct {
				Items []node.KeptBackup `json:"items"`
			}{append([]node.KeptBackup{}, kept...)}
			if err := a.show(list, []string{a.t("BERKAS", "FILE"), a.t("DIBUAT", "MADE"), a.t("BYTE", "BYTES")}, rows); err != nil {
				return err
			}
			if len(kept) > 0 {
				a.tell("%s", a.t("Salin ke disk lain: cadangan di disk yang sama hilang bersamanya.", "Copy them to another disk: a backup on the same disk is lost with it."))
				a.next("backup", "test", kept[0].File, "--recovery", "FILE")
			} else {
				a.next("backup", "FILE", "--recipient-file", "recovery.key.pub")
			}
			return nil
		},
	}
}

func (a *app) backupTest() *cobra.Command {
	var recovery string
	cmd := &cobra.Command{
		Use: "test FILE", Args: cobra.ExactArgs(1),
		Short: a.t("Pulihkan FILE ke folder sementara, periksa seluruhnya, lalu buang", "Restore FILE into a scratch folder, check all of it, and throw it away"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.stored(cmd)
			if err != nil {
				return err
			}
			if err := a.need(&recovery, "recovery", a.t("Berkas kunci pemulih", "File of the recovery key")); err != nil {
				return err
			}
			identity, err := os.ReadFile(recovery)
			if err != nil {
				return usage("--recovery", "%s", reason(err))
			}
			k, err := node.TestBackup(cmd.Context(), cfg, args[0], string(identity))
			if err != nil {
				return err
			}
			if err := a.facts(k, a.t("Cadangan", "Backup"), k.File, a.t("Dibuat", "Made"), when(k.Made), a.t("Byte", "Bytes"), number(k.Bytes)); err != nil {
				return err
			}
			a.tell("%s", a.paint(green, a.t("Terbuka seluruhnya.", "All of it opens.")))
			return nil
		},
	}
	cmd.Flags().StringVar(&recovery, "recovery", "", a.t("berkas kunci pemulih", "file of the recovery key"))
	return cmd
}
