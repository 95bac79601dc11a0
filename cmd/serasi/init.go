package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"serasi/node"
)

// found is what init is told.
type found struct {
	code, zone  string
	officers    []string
	officerOut  string
	officerPass string
	k, seats    int
}

func (a *app) initVerb() *cobra.Command {
	var in found
	cmd := &cobra.Command{
		Use:   "init",
		Short: a.t("Buat simpul pertama sebuah federasi", "Make the first node of a federation"),
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.init(cmd, in) },
	}
	f := cmd.Flags()
	a.settingsFlags(f)
	f.StringVar(&in.code, "code", "", a.t("kode balai, mis. SRK", "code of the balai, such as SRK"))
	f.StringVar(&in.zone, "zone", "", "WIB, WITA, WIT")
	f.StringArrayVar(&in.officers, "officer", nil, a.t("berkas kunci publik petugas federasi; boleh diulang", "file of an officer's public key; may be repeated"))
	f.StringVar(&in.officerOut, "officer-out", "", a.t("tempat kunci petugas baru bila --officer tidak diberi", "where a new officer key goes without --officer"))
	f.StringVar(&in.officerPass, "officer-passphrase-file", "", a.t("berkas sandi kunci petugas baru; - untuk stdin", "file of the new officer key's passphrase; - for stdin"))
	f.IntVar(&in.k, "k", 0, a.t("berapa petugas harus menyetujui (0: mayoritas)", "how many officers must approve (0: a majority)"))
	f.IntVar(&in.seats, "seats", 5, a.t("jumlah pemilih yang dituju: 1, 3, 5, 7", "voters to grow to: 1, 3, 5, 7"))
	return cmd
}

func (a *app) init(cmd *cobra.Command, in found) error {
	if err := a.need(&in.code, "code", a.t("Kode balai (mis. SRK)", "Code of the balai (such as SRK)")); err != nil {
		return err
	}
	if err := a.need(&in.zone, "zone", a.t("Zona waktu (WIB, WITA, WIT)", "Time zone (WIB, WITA, WIT)")); err != nil {
		return err
	}
	if err := a.empty(); err != nil {
		return err
	}
	founding := node.Founding{Code: in.code, Zone: in.zone, K: in.k, Seats: in.seats}
	made, err := a.make(cmd, func(cfg node.Config) (node.Made, error) {
		if err := a.foundingOfficers(&founding, in); err != nil {
			return node.Made{}, err
		}
		return node.Init(cmd.Context(), cfg, founding)
	})
	if err != nil {
		return err
	}
	return a.made(made)
}

// empty refuses a folder that holds a node or anything else.
func (a *app) empty() error {
	entries, err := os.ReadDir(a.dir)
	if err != nil && !os.IsNotExist(err) {
		return usage("--dir", "%s", reason(err))
	}
	if len(entries) == 0 {
		return nil
	}
	if holdsNode(entries) {
		return &failure{code: exitFailed, words: fmt.Sprintf(a.t("folder %s sudah berisi sebuah simpul", "the folder %s holds a node already"), a.dir)}
	}
	return usage("--dir", a.t("folder %s tidak kosong", "the folder %s is not empty"), a.dir)
}

func holdsNode(entries []os.DirEntry) bool {
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return e.Name() == settingsFile || e.Name() == oldSettingsFile || e.Name() == "node.db"
	})
}

// make prepares the folder, lets do fill it, and keeps the settings. What it
// made is taken away again if do fails.
func (a *app) make(cmd *cobra.Command, do func(node.Config) (node.Made, error)) (made node.Made, err error) {
	c, err := a.loaded(cmd)
	if err != nil {
		return made, err
	}
	if _, err := os.Stat(a.dir); err != nil {
		a.created = append(a.created, a.dir)
	}
	defer func() {
		if err != nil {
			a.takeAway()
		}
	}()
	if err := c.chooseKey(a); err != nil {
		return made, err
	}
	cfg, err := c.node(a)
	if err != nil {
		return made, err
	}
	if err := c.makeKey(a); err != nil {
		return made, err
	}
	if made, err = do(cfg); err != nil {
		return made, err
	}
	return made, c.save(a.dir)
}

// takeAway removes what a verb made before it failed.
func (a *app) takeAway() {
	for _, path := range a.created {
		if err := os.RemoveAll(path); err != nil {
			a.tell("%s", reason(err))
		}
	}
}

func (a *app) made(made node.Made) error {
	v := struct {
		Code        string `json:"code"`
		Federation  string `json:"federation"`
		Fingerprint string `json:"fingerprint,omitempty"`
		FirstCode   string `json:"firstCode,omitempty"`
	}(made)
	err := a.facts(v,
		a.t("Balai", "Balai"), made.Code,
		a.t("Federasi", "Federation"), made.Federation,
		a.t("Sidik (bacakan lewat telepon)", "Fingerprint (read it out on the telephone)"), made.Fingerprint,
		a.t("Kode akun pertama", "Code of the first account"), made.FirstCode,
	)
	a.next("run")
	return err
}

// foundingOfficers reads the officers' public keys, or makes the first key.
func (a *app) foundingOfficers(f *node.Founding, in found) error {
	if err := a.readOfficers(f, in); err != nil {
		return err
	}
	if f.K == 0 {
		f.K = len(f.Officers)/2 + 1
	}
	return nil
}

func (a *app) readOfficers(f *node.Founding, in found) error {
	for _, path := range in.officers {
		b, err := os.ReadFile(path)
		if err != nil {
			return usage("--officer", "%s", reason(err))
		}
		key, err := node.ParseOfficerPublic(string(b))
		if err != nil {
			return usage("--officer", "%s: %v", path, err)
		}
		f.Officers = append(f.Officers, key)
	}
	if len(in.officers) > 0 {
		return nil
	}
	path := firstOf(in.officerOut, a.dir+".officer")
	key, err := a.newOfficer(path, "officer-out", in.officerPass, "officer-passphrase-file")
	if err != nil {
		return err
	}
	a.tell(a.t("Kunci petugas federasi: %s. Simpan di luar komputer ini.", "Officer key: %s. Keep it away from this computer."), path)
	f.Officers = [][]byte{key.Public()}
	return nil
}
