package health

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"serasi/node/casework"
)

// A Reading is what a node tells Prometheus at one moment.
type Reading struct {
	Checkup  casework.Checkup
	Values   map[Metric]float64
	Cases    map[string]int      // state of a case -> how many
	Handoffs map[HandoffPart]int // open ones of this balai
	Bytes    []Traffic
	Refused  map[string]uint64 // handshakes refused, by reason
}

// HandoffPart tells open handoffs apart.
type HandoffPart struct{ Box, Stage string }

// Traffic is what went over the port between balai, by protocol.
type Traffic struct {
	Protocol  string
	Direction string // in or out
	Bytes     uint64
}

// Metric names one figure of a node. What ends in _total only grows.
type Metric string

// The figures. Names and meanings are documented by their help text; they are
// only ever added.
const (
	Ready          Metric = "serasi_ready"
	AloneDays      Metric = "serasi_alone_days"
	LedgerEvent    Metric = "serasi_ledger_event"
	LedgerLag      Metric = "serasi_ledger_lag_entries"
	LedgerUnread   Metric = "serasi_ledger_unread_events"
	LedgerHalted   Metric = "serasi_ledger_halted"
	LedgerDiverged Metric = "serasi_ledger_diverged"
	LedgerMembers  Metric = "serasi_ledger_members"
	CommitP99      Metric = "serasi_ledger_commit_p99_seconds"
	CustodyCases   Metric = "serasi_custody_cases"
	RaftLeader     Metric = "serasi_raft_leader"
	RaftHasLeader  Metric = "serasi_raft_has_leader"
	RaftTerm       Metric = "serasi_raft_term"
	RaftApplied    Metric = "serasi_raft_applied_index"
	RaftCommit     Metric = "serasi_raft_commit_index"
	RaftSnapshot   Metric = "serasi_raft_snapshot_index"
	RaftContact    Metric = "serasi_raft_last_contact_seconds"
	RaftVoters     Metric = "serasi_raft_voters"
	RaftReachable  Metric = "serasi_raft_voters_reachable"
	RaftQuorum     Metric = "serasi_raft_quorum"
	RaftElections  Metric = "serasi_raft_elections_last_hour"
	FsyncP99       Metric = "serasi_raft_log_append_p99_seconds"
	GossipAlive    Metric = "serasi_gossip_members_alive"
	OutboxPending  Metric = "serasi_outbox_pending"
	OutboxAge      Metric = "serasi_outbox_oldest_seconds"
	OutboxHeld     Metric = "serasi_outbox_undecided"
	AnswersOverdue Metric = "serasi_answers_overdue"
	Packets        Metric = "serasi_packets_fetching"
	PacketAge      Metric = "serasi_packets_oldest_seconds"
	SealKeyAge     Metric = "serasi_sealing_key_age_seconds"
	Approvals      Metric = "serasi_approvals_pending"
	BackupAge      Metric = "serasi_backup_age_seconds"
	BackupProven   Metric = "serasi_backup_tested_age_seconds"
	StoreBytes     Metric = "serasi_store_bytes"
	StoreFree      Metric = "serasi_store_free_bytes"
	StoreCommits   Metric = "serasi_store_commits_total"
	StoreUpdates   Metric = "serasi_store_updates_total"
	StoreCompacted Metric = "serasi_store_compactions_total"
	StoreCommitP99 Metric = "serasi_store_commit_p99_seconds"
	StoreStopped   Metric = "serasi_store_stopped"
	StoreDamaged   Metric = "serasi_store_damaged_places"
	KeyEpoch       Metric = "serasi_store_key_epoch"
	DiskFree       Metric = "serasi_disk_free_bytes"
	DiskTotal      Metric = "serasi_disk_total_bytes"
	DiskWritten    Metric = "serasi_disk_written_bytes_total"
	ClockOffset    Metric = "serasi_clock_offset_seconds"
	Starts         Metric = "serasi_starts_last_hour"
	AuditLines     Metric = "serasi_audit_lines_total"
	Indexed        Metric = "serasi_search_indexed_cases"
)

var help = map[Metric]string{
	Ready:          "1 if the node serves people and, if it is a member, follows the ledger.",
	AloneDays:      "Days that this node can work without all others.",
	LedgerEvent:    "Number of the last event of the ledger on disk here.",
	LedgerLag:      "Entries known to be committed and not yet applied here.",
	LedgerUnread:   "Events of the ledger whose effects are not yet in node.db.",
	LedgerHalted:   "1 if the ledger is no longer followed here.",
	LedgerDiverged: "1 if most voters tell another history than this node.",
	LedgerMembers:  "Active members of the federation by the ledger.",
	CommitP99:      "From proposal to answer at the leader, 99th percentile of late.",
	CustodyCases:   "Cases for which this balai is responsible by the ledger.",
	RaftLeader:     "1 if this node leads.",
	RaftHasLeader:  "1 if this node knows who leads.",
	RaftTerm:       "Term of the group as known here.",
	RaftApplied:    "Last entry of the replicated log applied here.",
	RaftCommit:     "Last entry known to be committed.",
	RaftSnapshot:   "Last entry in the newest snapshot here.",
	RaftContact:    "Since the leader was heard; 0 at the leader, -1 if never.",
	RaftVoters:     "Voters of the group.",
	RaftReachable:  "Voters heard lately, this node included.",
	RaftQuorum:     "1 if a majority of the voters was heard lately.",
	RaftElections:  "Changes of the term within the last hour.",
	FsyncP99:       "Appending to the replicated log on disk, 99th percentile of late.",
	GossipAlive:    "Other members that gossip holds for alive.",
	OutboxPending:  "Commands of this node that the ledger has not answered.",
	OutboxAge:      "Age of the oldest of them.",
	OutboxHeld:     "Commands from before a restore that a person must decide about.",
	AnswersOverdue: "Offers to this balai, unanswered for two working days.",
	Packets:        "Packets on their way to this node.",
	PacketAge:      "Since the oldest of them was accepted.",
	SealKeyAge:     "Age of the sealing key in force.",
	Approvals:      "Balai that asked to join and are not answered.",
	BackupAge:      "Since the newest backup; -1 if there is none.",
	BackupProven:   "Since a backup was last restored for a test; -1 if never.",
	StoreBytes:     "Size of node.db.",
	StoreFree:      "Of these, bytes in no use.",
	StoreCommits:   "Commits of node.db since the start.",
	StoreUpdates:   "Transactions in these commits.",
	StoreCompacted: "Times node.db was rewritten since the start.",
	StoreCommitP99: "Commits of node.db, 99th percentile of late.",
	StoreStopped:   "1 if node.db stopped after a failed write.",
	StoreDamaged:   "Places of node.db that do not open.",
	KeyEpoch:       "Epoch of the key of all data keys.",
	DiskFree:       "Bytes free on the disk of the data folder.",
	DiskTotal:      "Size of that disk.",
	DiskWritten:    "Bytes that this process caused to be written.",
	ClockOffset:    "Seconds this clock is ahead of the voters' median.",
	Starts:         "Starts of the node within the last hour, this one included.",
	AuditLines:     "Lines of the audit trail.",
	Indexed:        "Cases in the search index.",
}

// Meter counts what happens at the people's port, and serves all metrics.
type Meter struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
	signIns  *prometheus.CounterVec
	served   atomic.Uint64
}

// Served is how many bytes were answered, before they were packed.
func (m *Meter) Served() uint64 { return m.served.Load() }

// NewMeter returns a meter that stands at zero.
func NewMeter() *Meter {
	m := &Meter{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "serasi_requests_total", Help: "Answers of the people's port, by door (pages or api) and class of status.",
		}, []string{"door", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "serasi_request_seconds", Help: "Time to answer, without streams.", Buckets: []float64{.005, .02, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"door"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "serasi_served_bytes_total", Help: "Bytes of answers before they are packed.",
		}, []string{"door"}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "serasi_sign_ins_total", Help: "Tries to sign in, by outcome: good, refused or throttled.",
		}, []string{"outcome"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.bytes, m.signIns, listening(), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, door := range []string{"pages", "api"} {
		for _, class := range classes {
			m.requests.WithLabelValues(door, class)
		}
		m.seconds.WithLabelValues(door)
		m.bytes.WithLabelValues(door)
	}
	for _, outcome := range []string{SignedIn, SignInRefused, SignInThrottled} {
		m.signIns.WithLabelValues(outcome)
	}
	return m
}

// Outcomes of a try to sign in.
const (
	SignedIn        = "good"
	SignInRefused   = "refused"
	SignInThrottled = "throttled"
)

// SignIn counts a try to sign in.
func (m *Meter) SignIn(outcome string) { m.signIns.WithLabelValues(outcome).Inc() }

// Handler serves readings as Prometheus text, together with what the meter
// counted and those of the Go runtime and the process.
func (m *Meter) Handler(read func() Reading) http.Handler {
	now := prometheus.NewRegistry()
	now.MustRegister(reader(read))
	return promhttp.HandlerFor(prometheus.Gatherers{m.registry, now}, promhttp.HandlerOpts{})
}

// reader collects one reading a scrape.
type reader func() Reading

var (
	build    = prometheus.NewDesc("serasi_build_info", "Version of the program.", []string{"version"}, nil)
	faulty   = prometheus.NewDesc("serasi_health_check", "1 if the check tells of a cause now, by its code and severity.", []string{"code", "severity"}, nil)
	state    = prometheus.NewDesc("serasi_health_state", "1 for the state in which the node finds itself.", []string{"state"}, nil)
	peerAge  = prometheus.NewDesc("serasi_peer_heard_seconds", "Since a balai was last heard; -1 if never.", []string{"balai", "voter"}, nil)
	peerLamp = prometheus.NewDesc("serasi_peer_state", "1 for the state in which this node holds a balai.", []string{"balai", "state"}, nil)
	peerTrip = prometheus.NewDesc("serasi_peer_round_trip_seconds", "To a balai's node and back; absent while unknown.", []string{"balai"}, nil)
	cases    = prometheus.NewDesc("serasi_cases", "Cases by state.", []string{"state"}, nil)
	handoffs = prometheus.NewDesc("serasi_handoffs_open", "Open handoffs of this balai, by box (in or out) and stage.", []string{"box", "stage"}, nil)
	bytes    = prometheus.NewDesc("serasi_port_bytes_total", "Bytes between balai.", []string{"protocol", "direction"}, nil)
	refusals = prometheus.NewDesc("serasi_port_refused_total", "Handshakes refused.", []string{"reason"}, nil)
)

// Describe implements prometheus.Collector. It sends nothing, which makes the
// collector an unchecked one: what there is depends on the reading.
func (reader) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (r reader) Collect(out chan<- prometheus.Metric) {
	now := r()
	put := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) { put(d, prometheus.GaugeValue, v, labels...) }
	count := func(d *prometheus.Desc, v float64, labels ...string) { put(d, prometheus.CounterValue, v, labels...) }
	gauge(build, 1, now.Checkup.Version)
	for name, v := range now.Values {
		d := prometheus.NewDesc(string(name), help[name], nil, nil)
		if strings.HasSuffix(string(name), "_total") {
			count(d, v)
		} else {
			gauge(d, v)
		}
	}
	collectHealth(now.Checkup, gauge)
	for state, n := range now.Cases {
		gauge(cases, float64(n), state)
	}
	for part, n := range now.Handoffs {
		gauge(handoffs, float64(n), part.Box, part.Stage)
	}
	for _, t := range now.Bytes {
		count(bytes, float64(t.Bytes), t.Protocol, t.Direction)
	}
	for reason, n := range now.Refused {
		count(refusals, float64(n), reason)
	}
}

func collectHealth(c casework.Checkup, gauge func(*prometheus.Desc, float64, ...string)) {
	for _, code := range Codes() {
		for _, s := range []casework.Severity{casework.Mild, casework.Grave} {
			told := slices.ContainsFunc(c.Ailments, func(a casework.Ailment) bool { return a.Code == code && a.Severity == s })
			gauge(faulty, flag(told), code, string(s))
		}
	}
	for _, l := range lamps {
		gauge(state, flag(c.Lamp == l), string(l))
	}
	for _, p := range c.Balais {
		age := -1.0
		if !p.Heard.IsZero() {
			age = c.At.Sub(p.Heard).Seconds()
		}
		gauge(peerAge, age, string(p.Balai), map[bool]string{true: "yes", false: "no"}[p.Voter])
		for _, l := range lamps {
			gauge(peerLamp, flag(p.Lamp == l), string(p.Balai), string(l))
		}
		if p.RoundTrip > 0 {
			gauge(peerTrip, p.RoundTrip, string(p.Balai))
		}
	}
}

var lamps = []casework.Lamp{casework.Healthy, casework.Unsure, casework.CutOff}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
