// Package settings reads how a node runs from a file, the environment and the
// command line, the later over the earlier, and remembers where each value came
// from. It is strict: what it does not know is a fault, and all faults are
// reported at once with the place of each.
//
// There is one table of settings; file keys, variables, flags and what is
// printed all come from it. The package knows form and not meaning: whether an
// address can be listened on is for package node to say.
package settings

import (
	"slices"
	"strings"
)

// Settings is how one node runs. What the balai is for ever lies sealed in its
// database.
type Settings struct {
	Listen, Advertise, People   string // host:port
	Key, PassphraseFile         string // the root key, and where its passphrase stands
	Profile                     string // lan or wan
	Peers, Clock                string // files
	Certificate, CertificateKey string // PEM files of the people's port
	InsecureHTTP, Rehearsal     bool
	LogLevel, LogFormat, Traces string
	PerSecond, Burst            int    // proposals of one member at the leader
	MinFree                     uint64 // bytes of free disk below which nothing is written; 0: the default
}

// A Key is one setting by its name: NAME in the file, --NAME on the command
// line, SERASI_NAME in the environment with dashes as underscores.
type Key struct {
	Name   string
	ID, EN string // what it is, for help and guide
	Live   bool   // a running node takes a new value on SIGHUP; others need a restart
	old    string // its name in files of before
	at     func(*Settings) value
}

// Keys are all settings, in the order in which people think of them.
func Keys() []Key { return slices.Clone(keys) }

// Variable is the name of the key in the environment.
func (k Key) Variable() string {
	return "SERASI_" + strings.ToUpper(strings.ReplaceAll(k.Name, "-", "_"))
}

// Default is the value that stands where nobody set one.
func (k Key) Default() string {
	s := Defaults()
	return k.at(&s).String()
}

// Switch reports whether the key is yes or no.
func (k Key) Switch() bool {
	_, is := k.at(&Settings{}).(yes)
	return is
}

// Defaults are the settings of a node about which nothing was said.
func Defaults() Settings {
	return Settings{
		Listen: "0.0.0.0:7400", People: "127.0.0.1:8400", Profile: "wan", LogLevel: "info", LogFormat: "text", PerSecond: 500, Burst: 5000,
	}
}

var keys = []Key{
	{Name: "listen", ID: "alamat untuk balai lain", EN: "address for other balai",
		at: func(s *Settings) value { return text{&s.Listen} }},
	{Name: "advertise", ID: "alamat yang dihubungi balai lain", EN: "address that other balai dial",
		at: func(s *Settings) value { return text{&s.Advertise} }},
	{Name: "people", ID: "alamat untuk petugas (halaman dan REST)", EN: "address for people (pages and REST)",
		at: func(s *Settings) value { return text{&s.People} }},
	{Name: "key", ID: "kunci akar: passphrase, systemd:NAMA, atau file:BERKAS (hanya uji coba)", EN: "root key: passphrase, systemd:NAME, or file:PATH (for trials only)",
		at: func(s *Settings) value { return text{&s.Key} }},
	{Name: "passphrase-file", ID: "berkas sandi kunci akar; - untuk stdin", EN: "file of the root key's passphrase; - for stdin",
		at: func(s *Settings) value { return text{&s.PassphraseFile} }},
	{Name: "profile", ID: "lan atau wan", EN: "lan or wan",
		at: func(s *Settings) value { return choice{&s.Profile, []string{"lan", "wan"}} }},
	{Name: "peers", ID: "berkas KODE host:port bila balai dihubungi lewat alamat lain; dibaca ulang setiap kali menghubungi", EN: "file of CODE host:port to dial balai elsewhere; read again at each dial",
		at: func(s *Settings) value { return text{&s.Peers} }},
	{Name: "clock", ID: "berkas geseran jam, untuk latihan", EN: "file with a clock offset, for rehearsals",
		at: func(s *Settings) value { return text{&s.Clock} }},
	{Name: "certificate", ID: "sertifikat PEM untuk petugas", EN: "PEM certificate for people", Live: true,
		at: func(s *Settings) value { return text{&s.Certificate} }},
	{Name: "certificate-key", ID: "kunci sertifikat itu", EN: "key of that certificate", Live: true, old: "certificateKey",
		at: func(s *Settings) value { return text{&s.CertificateKey} }},
	{Name: "insecure-http", ID: "HTTP biasa, hanya di alamat loopback", EN: "plain HTTP, on a loopback address only", old: "insecureHTTP",
		at: func(s *Settings) value { return yes{&s.InsecureHTTP} }},
	{Name: "rehearsal", ID: "simpul latihan: cepat dan murah, bukan untuk data sungguhan", EN: "a node to practise with: quick and cheap, not for real data",
		at: func(s *Settings) value { return yes{&s.Rehearsal} }},
	{Name: "log-level", ID: "debug, info, warn, error", EN: "debug, info, warn, error", Live: true,
		at: func(s *Settings) value { return choice{&s.LogLevel, []string{"debug", "info", "warn", "error"}} }},
	{Name: "log-format", ID: "text atau json", EN: "text or json",
		at: func(s *Settings) value { return choice{&s.LogFormat, []string{"text", "json"}} }},
	{Name: "traces", ID: "alamat pengumpul OpenTelemetry (OTLP lewat gRPC), https://host:port; kosong: tidak ada", EN: "address of an OpenTelemetry collector (OTLP over gRPC), https://host:port; empty: none",
		at: func(s *Settings) value { return text{&s.Traces} }},
	{Name: "proposals-per-second", ID: "usulan satu balai per detik di pemimpin", EN: "proposals of one balai a second at the leader", Live: true,
		at: func(s *Settings) value { return count{&s.PerSecond, 1_000_000} }},
	{Name: "proposals-burst", ID: "usulan satu balai sekaligus di pemimpin", EN: "proposals of one balai at once at the leader", Live: true,
		at: func(s *Settings) value { return count{&s.Burst, 10_000_000} }},
	{Name: "min-free", ID: "sisa disk yang membuat simpul berhenti menulis, mis. 200MiB; 0: bawaan", EN: "free disk below which nothing is written, such as 200MiB; 0: the default",
		at: func(s *Settings) value { return size{&s.MinFree} }},
}
