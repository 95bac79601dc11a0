// Package health turns what a node knows of itself into what machines watch:
// Prometheus metrics with documented names. It asks one function for a reading
// each time somebody scrapes, and keeps nothing.
//
// It knows numbers and short fixed words only. A label never names a person, a
// case or a handoff; the code of a balai is the finest thing in it.
package health

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// A Reading is what a node knows of itself at one moment.
type Reading struct {
	Version string
	Values  map[Metric]float64
	Peers   []Peer
	Cases   map[string]int // state of a case -> how many
	Bytes   []Traffic
	Refused map[string]uint64 // handshakes refused, by reason
}

// Peer is another balai, as first-hand contact has it.
type Peer struct {
	Code  string
	Age   float64 // seconds since it was last heard; negative if never
	Voter bool
}

// Traffic is what went over the port between balai, by protocol.
type Traffic struct {
	Protocol  string
	Direction string // in or out
	Bytes     uint64
}

// Metric names one figure of a node.
type Metric string

// The figures. Names and meanings are documented by their help text; they are
// only ever added.
const (
	Ready          Metric = "serasi_ready"
	LedgerEvent    Metric = "serasi_ledger_event"
	LedgerLag      Metric = "serasi_ledger_lag_entries"
	LedgerHalted   Metric = "serasi_ledger_halted"
	LedgerDiverged Metric = "serasi_ledger_diverged"
	RaftLeader     Metric = "serasi_raft_leader"
	RaftTerm       Metric = "serasi_raft_term"
	RaftApplied    Metric = "serasi_raft_applied_index"
	RaftVoters     Metric = "serasi_raft_voters"
	RaftReachable  Metric = "serasi_raft_voters_reachable"
	RaftQuorum     Metric = "serasi_raft_quorum"
	FsyncP99       Metric = "serasi_raft_log_append_p99_seconds"
	CommitP99      Metric = "serasi_ledger_commit_p99_seconds"
	OutboxPending  Metric = "serasi_outbox_pending"
	OutboxAge      Metric = "serasi_outbox_oldest_seconds"
	StoreBytes     Metric = "serasi_store_bytes"
	StoreCommitP99 Metric = "serasi_store_commit_p99_seconds"
	StoreStopped   Metric = "serasi_store_stopped"
	DiskFree       Metric = "serasi_disk_free_bytes"
	ClockOffset    Metric = "serasi_clock_offset_seconds"
	SealKeyAge     Metric = "serasi_sealing_key_age_seconds"
)

var help = map[Metric]string{
	Ready:          "1 if the node serves people and, if it is a member, follows the ledger.",
	LedgerEvent:    "Number of the last event of the ledger on disk here.",
	LedgerLag:      "Entries known to be committed and not yet applied here.",
	LedgerHalted:   "1 if the ledger is no longer followed here.",
	LedgerDiverged: "1 if most voters tell another history than this node.",
	RaftLeader:     "1 if this node leads.",
	RaftTerm:       "Term of the group as known here.",
	RaftApplied:    "Last entry of the replicated log applied here.",
	RaftVoters:     "Voters of the group.",
	RaftReachable:  "Voters heard lately, this node included.",
	RaftQuorum:     "1 if a majority of the voters was heard lately.",
	FsyncP99:       "Appending to the replicated log on disk, 99th percentile of late.",
	CommitP99:      "From proposal to answer at the leader, 99th percentile of late.",
	OutboxPending:  "Commands of this node that the ledger has not answered.",
	OutboxAge:      "Age of the oldest of them.",
	StoreBytes:     "Size of node.db.",
	StoreCommitP99: "Commits of node.db, 99th percentile of late.",
	StoreStopped:   "1 if node.db stopped after a failed write.",
	DiskFree:       "Bytes free on the disk of the data folder.",
	ClockOffset:    "Seconds this clock is ahead of the voters' median.",
	SealKeyAge:     "Age of the sealing key in force.",
}

// Metrics returns a handler that serves readings as Prometheus text, together
// with those of the Go runtime and the process.
func Metrics(read func() Reading) http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(reader(read), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
}

// reader collects one reading a scrape.
type reader func() Reading

var (
	build    = prometheus.NewDesc("serasi_build_info", "Version of the program.", []string{"version"}, nil)
	peerAge  = prometheus.NewDesc("serasi_peer_heard_seconds", "Since a balai was last heard; -1 if never.", []string{"balai", "voter"}, nil)
	cases    = prometheus.NewDesc("serasi_cases", "Cases by state.", []string{"state"}, nil)
	bytes    = prometheus.NewDesc("serasi_port_bytes_total", "Bytes between balai.", []string{"protocol", "direction"}, nil)
	refusals = prometheus.NewDesc("serasi_port_refused_total", "Handshakes refused.", []string{"reason"}, nil)
)

// Describe implements prometheus.Collector. It sends nothing, which makes the
// collector an unchecked one: what there is depends on the reading.
func (reader) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (r reader) Collect(out chan<- prometheus.Metric) {
	now := r()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(build, 1, now.Version)
	for name, v := range now.Values {
		gauge(prometheus.NewDesc(string(name), help[name], nil, nil), v)
	}
	for _, p := range now.Peers {
		voter := "no"
		if p.Voter {
			voter = "yes"
		}
		gauge(peerAge, p.Age, p.Code, voter)
	}
	for state, n := range now.Cases {
		gauge(cases, float64(n), state)
	}
	for _, t := range now.Bytes {
		count(bytes, t.Bytes, t.Protocol, t.Direction)
	}
	for reason, n := range now.Refused {
		count(refusals, n, reason)
	}
}
