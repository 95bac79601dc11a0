package node

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"serasi/federation/link"
	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/trace"
	"serasi/node/vault"
	"serasi/replication"
)

// Config says how one node runs. What belongs to the balai for ever (its code,
// its keys, its zone) is not here: Init and Join keep that in the data folder.
type Config struct {
	Dir string // data folder, 0700
	Key string // root key: "file:PATH" (development), "passphrase", "systemd:NAME"
	// Ask is called for the passphrase if Key is "passphrase".
	Ask func() ([]byte, error)

	Listen    string // host:port between balai
	Advertise string // host:port that other balai dial; empty means Listen
	Peers     string // file of lines "CODE host:port": dial these peers elsewhere; empty for none
	Clock     string // file with a duration, re-read while running, added to the wall clock; empty for none

	People       string // host:port of the people's port
	Certificate  string // PEM files for the people's port; empty: a local one is made
	CertKey      string
	InsecureHTTP bool // plain HTTP; only on a loopback address

	Profile replication.Profile // replication.LAN or replication.WAN
	Version string              // of the program, for status and metrics
	Traces  string              // URL of an OpenTelemetry collector (OTLP over gRPC); empty: none

	Log *slog.Logger // nil: discard
	// Point is called at named points where a crash would be told apart by what
	// is on disk. Tests stop the node there; nil otherwise.
	Point func(name string)

	Tuning Tuning
}

// Tuning holds figures that the defaults fit in the field; tests and benchmarks
// set others. A zero field means the default.
type Tuning struct {
	Raft           replication.Timing
	Budget         replication.Budget
	PromoteAfter   time.Duration // how long a newcomer must be steady before it may vote
	SwapAfter      time.Duration // how long a voter may be away before its seat moves
	SnapshotAfter  uint64        // log entries between snapshots
	TrailingLogs   uint64        // log entries kept behind a snapshot
	WALSegment     int           // bytes of one log segment
	Password       access.Cost   // of one password hash
	MinFree        uint64        // bytes of free disk below which nothing is written; 0: the default
	GossipInterval time.Duration
	Patience       time.Duration // longest that a fault of the node stays untold; 0: as each check says
	RetryAtMost    time.Duration // longest wait between two tries to send a command or to fetch a file
	AnswerIn       time.Duration // default time to answer an offer
	ArriveIn       time.Duration // default time from acceptance to receipt
	NoSecondFactor bool          // nobody must have one to use the pages, unless the balai says so
	LetAnybodyKey  bool          // allow a root key in a plain file without a warning
	Silence        time.Duration // how long a balai may say nothing before its health is told of; 0: as the profile says
	Behind         uint64        // ledger entries that may be missing before that is told; 0: the default
	System         System
}

// A System is the computer under a node, as far as its health is asked of it. A
// nil field asks the operating system.
type System struct {
	Room       func(dir string) (free, total uint64, err error) // of the disk, in bytes
	Memory     func() (available, total uint64)                 // in bytes; a total of 0 is unknown
	Networked  func() bool                                      // an interface other than the loopback has an address
	Goroutines func() int
}

func (s System) filled() System {
	if s.Room == nil {
		s.Room = room
	}
	if s.Memory == nil {
		s.Memory = memory
	}
	if s.Networked == nil {
		s.Networked = networked
	}
	if s.Goroutines == nil {
		s.Goroutines = runtime.NumGoroutine
	}
	return s
}

// Check returns all that is wrong with c, so that wrong settings cost one
// restart and not five. The error is Invalid, with the fields as the settings
// are called.
func (c Config) Check() error {
	var faults []casework.Fault
	fault := func(field, format string, args ...any) {
		faults = append(faults, casework.Fault{Field: field, Words: fmt.Sprintf(format, args...)})
	}
	if c.Dir == "" {
		fault("dir", "is missing")
	}
	if _, err := c.source(); err != nil {
		fault("key", "%v", err)
	}
	for _, at := range []struct{ name, addr string }{{"listen", c.Listen}, {"people", c.People}} {
		if _, _, err := net.SplitHostPort(at.addr); err != nil {
			fault(at.name, "%q is not host:port", at.addr)
		}
	}
	if c.Advertise != "" {
		if err := link.CheckAddr(c.Advertise); err != nil {
			fault("advertise", "%v, and other balai cannot dial it", err)
		}
	}
	if (c.Certificate == "") != (c.CertKey == "") {
		fault("certificate", "goes together with the certificate's other half")
	}
	if c.InsecureHTTP && !loopback(c.People) {
		fault("insecure-http", "is only for a loopback address, and people is %q", c.People)
	}
	if c.Version == "" {
		fault("version", "is missing")
	}
	if trace.Check(c.Traces) != nil {
		fault("traces", "must be https://host:port; plain http is only for this machine")
	}
	if c.Profile != replication.LAN && c.Profile != replication.WAN {
		fault("profile", "must be lan or wan")
	}
	return casework.Faulty(faults...)
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// source returns where the root key comes from.
func (c Config) source() (vault.Source, error) {
	kind, rest, _ := strings.Cut(c.Key, ":")
	switch {
	case kind == vault.KindFile && rest != "":
		return vault.File(rest), nil
	case kind == vault.KindSystemd && rest != "":
		return vault.Credential(rest), nil
	case kind == vault.KindPassphrase && rest == "" && c.Ask != nil:
		return vault.Passphrase(filepath.Join(c.Dir, "kek", "salt"), c.Ask), nil
	case kind == vault.KindPassphrase:
		return nil, errors.New("nobody can be asked for the passphrase")
	default:
		return nil, errors.New(`must be "file:PATH", "passphrase" or "systemd:NAME"`)
	}
}

// clock returns the wall clock of the node, moved by what stands in file. The
// file is read again at each call, and a missing or unreadable one means no
// offset: tests and rehearsals set it while the node runs.
func clock(file string) func() time.Time {
	if file == "" {
		return time.Now
	}
	return func() time.Time { return time.Now().Add(offset(file)).Round(0) }
}

func offset(file string) time.Duration {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	text := strings.TrimSpace(string(b))
	if d, err := time.ParseDuration(text); err == nil {
		return d
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// Zone returns the time zone of a balai by its Indonesian name. Indonesia has
// no summer time, so that no zone files are needed.
func Zone(name string) (*time.Location, error) {
	hours, ok := map[string]int{"WIB": 7, "WITA": 8, "WIT": 9}[name]
	if !ok {
		return nil, casework.Faulty(casework.Fault{Field: "zone", Words: "must be WIB, WITA or WIT"})
	}
	return time.FixedZone(name, hours*3600), nil
}
