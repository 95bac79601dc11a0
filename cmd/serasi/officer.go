package main

import (
	"encoding/json"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) officerVerb() *cobra.Command {
	return a.group("officer", a.t("Kunci petugas federasi", "Keys of federation officers"), a.officerNew(), a.officerShow(), a.officerSign())
}

func (a *app) officerNew() *cobra.Command {
	var pass, out string
	cmd := &cobra.Command{
		Use:   "new --out FILE",
		Short: a.t("Buat kunci petugas; bagian publiknya ke FILE.pub", "Make an officer key; its public half goes to FILE.pub"),
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := a.need(&out, "out", a.t("Berkas kunci", "File of the key")); err != nil {
				return err
			}
			key, err := a.newOfficer(out, "out", pass, "passphrase-file")
			if err != nil {
				return err
			}
			if err := a.showOfficer(out, key.ID().String(), key.PublicText()); err != nil {
				return err
			}
			a.tell(a.t("Berikan %s.pub kepada pendiri federasi; simpan %s di luar simpul.", "Give %s.pub to whoever founds the federation; keep %s away from any node."), out, out)
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", a.t("berkas kunci", "file of the key"))
	cmd.Flags().StringVar(&pass, "passphrase-file", "", a.t("berkas sandi; - untuk stdin", "file of the passphrase; - for stdin"))
	return cmd
}

func (a *app) officerShow() *cobra.Command {
	var pass string
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: a.t("Tampilkan bagian publik sebuah kunci petugas", "Show the public half of an officer key"),
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			key, err := a.openOfficer(args[0], "FILE", pass)
			if err != nil {
				return err
			}
			return a.showOfficer(args[0], key.ID().String(), key.PublicText())
		},
	}
	cmd.Flags().StringVar(&pass, "passphrase-file", "", a.t("berkas sandi; - untuk stdin", "file of the passphrase; - for stdin"))
	return cmd
}

func (a *app) showOfficer(file, id, public string) error {
	v := struct {
		File   string `json:"file"`
		ID     string `json:"id"`
		Public string `json:"public"`
	}{file, id, public}
	return a.facts(v, a.t("Berkas", "File"), file, "Id", id, a.t("Publik", "Public"), public)
}

// newOfficer writes a key under a passphrase to path and its public half to
// path.pub. Nothing is overwritten. The flags are those that a fault names.
func (a *app) newOfficer(path, pathFlag, passFile, flag string) (key node.OfficerKey, err error) {
	for _, p := range []string{path, path + ".pub"} {
		if _, err := os.Lstat(p); err == nil {
			return key, &failure{code: exitFailed, words: p + ": " + a.t("sudah ada", "exists already")}
		}
	}
	pass, err := a.newSecret(passFile, flag, a.t("Sandi kunci petugas (minimal 8 karakter)", "Passphrase of the officer key (at least 8 characters)"))
	if err != nil {
		return key, err
	}
	if len(pass) < 8 {
		return key, usage("--"+flag, "%s", a.t("sandi minimal 8 karakter", "a passphrase has at least 8 characters"))
	}
	if key, err = node.NewOfficerKey(); err != nil {
		return key, err
	}
	locked, err := key.Lock(pass)
	if err != nil {
		return key, err
	}
	a.created = append(a.created, path, path+".pub")
	if err := errors.Join(writeFile(path, locked, 0o600), writeFile(path+".pub", []byte(key.PublicText()+"\n"), 0o644)); err != nil {
		return key, usage("--"+pathFlag, "%s", reason(err))
	}
	return key, nil
}

// openOfficer reads a key file and asks for its passphrase.
func (a *app) openOfficer(path, flag, passFile string) (key node.OfficerKey, err error) {
	locked, err := os.ReadFile(path)
	if err != nil {
		return key, usage(flag, "%s", reason(err))
	}
	pass, err := a.secret(passFile, "passphrase-file", a.t("Sandi kunci petugas", "Passphrase of the officer key"))
	if err != nil {
		return key, err
	}
	if key, err = node.UnlockOfficerKey(locked, pass); err != nil {
		return key, &failure{code: exitNotAllowed, words: path + ": " + err.Error(), cause: err}
	}
	return key, nil
}

// officerSign signs what another machine wants decided, where the key is.
func (a *app) officerSign() *cobra.Command {
	var officer, pass, out string
	cmd := &cobra.Command{
		Use: "sign MOTION", Args: cobra.ExactArgs(1),
		Short: a.t("Tandatangani berkas keputusan dari simpul lain", "Sign the file of a motion from another node"),
		RunE: func(_ *cobra.Command, args []string) error {
			var m node.Motion
			if err := readJSON(args[0], &m); err != nil {
				return usage("MOTION", "%s", reason(err))
			}
			if err := node.CheckMotion(m); err != nil {
				return err
			}
			a.tell("%s %s\n%s", m.Act, m.Code, a.paint(bold, m.Content))
			if err := a.need(&officer, "officer", a.t("Berkas kunci petugas", "File of the officer key")); err != nil {
				return err
			}
			if err := a.confirm(string(m.Code), a.t("Bandingkan lewat telepon dengan yang meminta.", "Compare by telephone with who asks.")); err != nil {
				return err
			}
			key, err := a.openOfficer(officer, "--officer", pass)
			if err != nil {
				return err
			}
			s, err := key.SignMotion(m)
			if err != nil {
				return err
			}
			if out == "" {
				return writeJSON(a.stdout, s)
			}
			b, err := json.Marshal(s)
			if err == nil {
				err = writeFile(out, b, 0o644)
			}
			if err != nil {
				return usage("--out", "%s", reason(err))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&officer, "officer", "", a.t("berkas kunci petugas", "file of the officer key"))
	f.StringVar(&pass, "passphrase-file", "", a.t("berkas sandinya; - untuk stdin", "file of its passphrase; - for stdin"))
	f.StringVar(&out, "out", "", a.t("berkas tanda tangan", "file of the signature"))
	return cmd
}
