package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"serasi/node"
	"serasi/node/settings"
)

// The settings lie in the data folder, or where --config says. Folders of
// before hold the same as JSON.
const (
	settingsFile    = "serasi.yaml"
	oldSettingsFile = "serasi.json"
)

// chosen is how the node runs, and who asks for what is missing.
type chosen struct {
	settings.Reading
	config string // file named by --config or $SERASI_CONFIG; empty: the folder's own
}

// typedSetting takes whatever is typed: all faults are told together, once
// everything is read.
type typedSetting struct{ text, kind string }

func (t *typedSetting) String() string     { return t.text }
func (t *typedSetting) Set(s string) error { t.text = s; return nil }
func (t *typedSetting) Type() string       { return t.kind }

// settingsFlags adds a flag for each setting to a verb.
func (a *app) settingsFlags(f *pflag.FlagSet) {
	f.String("config", os.Getenv("SERASI_CONFIG"), a.t("berkas setelan (bawaan: serasi.yaml di folder data)", "file of settings (default: serasi.yaml in the data folder)"))
	for _, k := range settings.Keys() {
		v := &typedSetting{k.Default(), "string"}
		if k.Switch() {
			v.kind = "bool"
		}
		flag := f.VarPF(v, k.Name, "", a.t(k.ID, k.EN))
		if k.Switch() {
			flag.NoOptDefVal = "true"
		}
	}
}

// loaded returns the settings of the file, with the environment and the flags
// that were typed on top of them.
func (a *app) loaded(cmd *cobra.Command) (chosen, error) {
	src := settings.Sources{Env: os.Environ(), Flags: map[string]string{}}
	c := chosen{}
	if f := cmd.Flag("config"); f != nil {
		c.config = f.Value.String()
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if _, ours := f.Value.(*typedSetting); ours {
			src.Flags[f.Name] = f.Value.String()
		}
	})
	var err error
	if src.File, src.Text, err = a.settingsText(c.config); err != nil {
		return c, err
	}
	c.Reading, err = settings.Read(src)
	return c, err
}

// settingsText reads the file of settings; the folder's own need not be there.
func (a *app) settingsText(config string) (name string, text []byte, err error) {
	if config != "" {
		if text, err = os.ReadFile(config); err != nil {
			return config, nil, usage("--config", "%s", reason(err))
		}
		return config, text, nil
	}
	for _, name := range []string{settingsFile, oldSettingsFile} {
		text, err := os.ReadFile(a.file(name))
		switch {
		case err == nil:
			return a.file(name), text, nil
		case !errors.Is(err, os.ErrNotExist):
			return name, nil, err
		}
	}
	return a.file(settingsFile), nil, nil
}

// chooseKey gives c a root key if nobody chose one: a file beside the folder,
// which is enough to try things out and not to guard real people.
func (c *chosen) chooseKey(a *app) error {
	if c.Key != "" {
		return nil
	}
	if c.config != "" {
		return usage("--key", a.t("tidak tertulis di %s", "does not stand in %s"), c.config)
	}
	dir, err := filepath.Abs(a.dir)
	c.Key = "file:" + dir + ".key"
	return err
}

// makeKey writes the root key if it lies in a file that is not there yet.
func (c *chosen) makeKey(a *app) error {
	path, ok := strings.CutPrefix(c.Key, "file:")
	if !ok {
		return nil
	}
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	a.tell(a.t("Kunci akar ditulis ke %s: cukup untuk uji coba. Untuk data sungguhan pakai --key passphrase atau --key systemd:NAMA.",
		"The root key goes to %s: good for a trial. For real data use --key passphrase or --key systemd:NAME."), path)
	if err := node.NewRootKey(path); err != nil {
		return usage("--key", "%s", reason(err))
	}
	a.created = append(a.created, path)
	return nil
}

// node turns c into what package node wants, and says which setting is wrong.
func (c chosen) node(a *app) (node.Config, error) {
	cfg := node.Config{
		Dir: a.dir, Key: c.Key, Listen: c.Listen, Advertise: c.Advertise, Peers: c.Peers, Clock: c.Clock, People: c.People,
		Certificate: c.Certificate, CertKey: c.CertificateKey, InsecureHTTP: c.InsecureHTTP, Version: version, Traces: c.Traces,
		Ask: func() ([]byte, error) {
			return a.secret(c.PassphraseFile, "passphrase-file", a.t("Sandi kunci akar", "Passphrase of the root key"))
		},
	}
	if c.Rehearsal {
		cfg.Tuning = node.Rehearsal()
	}
	cfg.Tuning.Budget.PerSecond, cfg.Tuning.Budget.Burst = float64(c.PerSecond), c.Burst
	cfg.Tuning.MinFree = c.MinFree
	var err error
	if cfg.Profile, err = node.ParseProfile(c.Profile); err != nil {
		return cfg, err
	}
	return cfg, c.Locate(cfg.Check())
}

// save writes the settings into the folder, which must be there. Where a file
// of settings was named, that one stays the only one. The passphrase's place is
// not kept: it was for this once.
func (c chosen) save(dir string) error {
	if c.config != "" {
		return nil
	}
	s := c.Settings
	s.PassphraseFile = ""
	return writeFile(filepath.Join(dir, settingsFile), s.Text(), 0o600)
}

// writeFile writes a file whole or not at all.
func writeFile(path string, b []byte, mode os.FileMode) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, mode); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
