package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"serasi/node"
)

// settings is serasi.json in the data folder: how the node runs. What the balai
// is for ever lies sealed in its database.
type settings struct {
	Listen         string `json:"listen"`
	Advertise      string `json:"advertise,omitempty"`
	People         string `json:"people"`
	Key            string `json:"key"`
	Profile        string `json:"profile"`
	Peers          string `json:"peers,omitempty"`
	Clock          string `json:"clock,omitempty"`
	Certificate    string `json:"certificate,omitempty"`
	CertificateKey string `json:"certificateKey,omitempty"`
	InsecureHTTP   bool   `json:"insecureHTTP,omitempty"`
	Rehearsal      bool   `json:"rehearsal,omitempty"` // a node that only plays: quick and cheap

	passphrase string // file of the passphrase of the root key
}

const settingsFile = "serasi.json"

// flags adds the flags of s to a verb; what stands in s are the defaults.
func (a *app) settingsFlags(f *pflag.FlagSet, s *settings) {
	f.StringVar(&s.Listen, "listen", s.Listen, a.t("alamat untuk balai lain", "address for other balai"))
	f.StringVar(&s.Advertise, "advertise", s.Advertise, a.t("alamat yang dihubungi balai lain", "address that other balai dial"))
	f.StringVar(&s.People, "people", s.People, a.t("alamat untuk petugas (REST)", "address for people (REST)"))
	f.StringVar(&s.Key, "key", s.Key, a.t("kunci akar: passphrase, systemd:NAMA, atau file:BERKAS (hanya uji coba)", "root key: passphrase, systemd:NAME, or file:PATH (for trials only)"))
	f.StringVar(&s.Profile, "profile", s.Profile, a.t("lan atau wan", "lan or wan"))
	f.StringVar(&s.Peers, "peers", s.Peers, a.t("berkas KODE host:port bila balai dihubungi lewat alamat lain", "file of CODE host:port to dial balai elsewhere"))
	f.StringVar(&s.Clock, "clock", s.Clock, a.t("berkas geseran jam, untuk latihan", "file with a clock offset, for rehearsals"))
	f.StringVar(&s.Certificate, "certificate", s.Certificate, a.t("sertifikat PEM untuk petugas", "PEM certificate for people"))
	f.StringVar(&s.CertificateKey, "certificate-key", s.CertificateKey, a.t("kunci sertifikat itu", "key of that certificate"))
	f.BoolVar(&s.InsecureHTTP, "insecure-http", s.InsecureHTTP, a.t("HTTP biasa, hanya di alamat loopback", "plain HTTP, on a loopback address only"))
	f.BoolVar(&s.Rehearsal, "rehearsal", s.Rehearsal, a.t("simpul latihan: cepat dan murah, bukan untuk data sungguhan", "a node to practise with: quick and cheap, not for real data"))
	f.StringVar(&s.passphrase, "passphrase-file", "", a.t("berkas sandi kunci akar; - untuk stdin", "file of the root key's passphrase; - for stdin"))
}

func defaultSettings() settings {
	return settings{Listen: "0.0.0.0:7400", People: "127.0.0.1:8400", Profile: "wan"}
}

// chooseKey gives s a root key if nobody chose one: a file beside the folder,
// which is enough to try things out and not to guard real people.
func (s *settings) chooseKey(a *app) error {
	if s.Key != "" {
		return nil
	}
	dir, err := filepath.Abs(a.dir)
	s.Key = "file:" + dir + ".key"
	return err
}

// makeKey writes the root key if it lies in a file that is not there yet.
func (s *settings) makeKey(a *app) error {
	path, ok := strings.CutPrefix(s.Key, "file:")
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

// config turns s into what package node wants, and says which flag is wrong.
func (s settings) config(a *app) (node.Config, error) {
	cfg := node.Config{
		Dir: a.dir, Key: s.Key, Listen: s.Listen, Advertise: s.Advertise, Peers: s.Peers, Clock: s.Clock, People: s.People,
		Certificate: s.Certificate, CertKey: s.CertificateKey, InsecureHTTP: s.InsecureHTTP, Version: version,
		Ask: func() ([]byte, error) {
			return a.secret(s.passphrase, "passphrase-file", a.t("Sandi kunci akar", "Passphrase of the root key"))
		},
	}
	profile, err := node.ParseProfile(s.Profile)
	if err != nil {
		return cfg, usage("--profile", "%s", a.t("harus lan atau wan", "must be lan or wan"))
	}
	cfg.Profile = profile
	if s.Rehearsal {
		cfg.Tuning = node.Rehearsal()
	}
	if err := cfg.Check(); err != nil {
		return cfg, &failure{code: exitUsage, words: err.Error(), cause: err}
	}
	return cfg, nil
}

// load reads the settings of a folder over what s holds.
func (s *settings) load(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, settingsFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return usage(filepath.Join(dir, settingsFile), "%v", err)
	}
	return nil
}

// save writes s into the folder, which must be there.
func (s settings) save(dir string) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, settingsFile), append(b, '\n'), 0o600)
}

// loaded returns the settings of the folder with the flags that were typed on
// top of them.
func (a *app) loaded(cmd *cobra.Command, typed settings) (settings, error) {
	s := defaultSettings()
	if err := s.load(a.dir); err != nil {
		return s, err
	}
	over := pflag.NewFlagSet("", pflag.ContinueOnError)
	a.settingsFlags(over, &s)
	var errs []error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if over.Lookup(f.Name) != nil {
			errs = append(errs, over.Set(f.Name, f.Value.String()))
		}
	})
	s.passphrase = typed.passphrase
	return s, errors.Join(errs...)
}

// writeFile writes a file whole or not at all.
func writeFile(path string, b []byte, mode os.FileMode) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, mode); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// logger writes the log of a node to stderr.
func (a *app) logger(level, form string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usage("--log-level", "debug, info, warn, error")
	}
	opts := &slog.HandlerOptions{Level: l}
	switch form {
	case "text":
		return slog.New(slog.NewTextHandler(a.stderr, opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.stderr, opts)), nil
	default:
		return nil, usage("--log-format", "text, json")
	}
}
