package health

import (
	"strings"
	"sync"

	metrics "github.com/hashicorp/go-metrics"
	"github.com/prometheus/client_golang/prometheus"
)

// libraries are the figures of raft and of the gossip that are worth having,
// under the names of those libraries with underscores. Times are milliseconds,
// as they come. Everything else that the libraries tell is dropped, and with it
// every label, for those name peers.
var libraries = []struct {
	name string
	kind tallyKind
	help string
}{
	{"raft_apply", growing, "Entries that this node proposed as leader."},
	{"raft_barrier", growing, "Waits of the leader until all before is applied."},
	{"raft_candidate_electSelf", sampled, "Milliseconds to ask for votes."},
	{"raft_commitTime", sampled, "Milliseconds from an entry's dispatch by the leader to its commit."},
	{"raft_fsm_apply", sampled, "Milliseconds to apply an entry."},
	{"raft_fsm_enqueue", sampled, "Milliseconds until the state machine takes entries; it is behind if this grows."},
	{"raft_leader_dispatchLog", sampled, "Milliseconds in which the leader writes entries to its disk."},
	{"raft_leader_lastContact", sampled, "Milliseconds since the leader last reached a majority, as it checks its lease."},
	{"raft_leader_oldestLogAge", standing, "Milliseconds since the oldest entry of the log: a node away for longer needs a snapshot."},
	{"raft_restore", growing, "Snapshots taken from others."},
	{"raft_rpc_appendEntries", sampled, "Milliseconds to take entries from the leader."},
	{"raft_rpc_appendEntries_storeLogs", sampled, "Of these, to write them to the disk."},
	{"raft_rpc_installSnapshot", sampled, "Milliseconds to take a snapshot from the leader."},
	{"raft_snapshot_persist", sampled, "Milliseconds to write a snapshot."},
	{"raft_state_candidate", growing, "Times this node stood for election."},
	{"raft_state_follower", growing, "Times this node began to follow."},
	{"raft_state_leader", growing, "Times this node began to lead."},
	{"raft_transition_heartbeat_timeout", growing, "Times the leader was not heard for too long."},
	{"raft_transition_leader_lease_timeout", growing, "Times this node stopped to lead because it reached no majority."},
	{"memberlist_degraded_probe", growing, "Probes made while this node took itself for slow."},
	{"memberlist_gossip", sampled, "Milliseconds of a round of gossip."},
	{"memberlist_health_score", standing, "0 if this node finds itself quick; grows while its own probes come late."},
	{"memberlist_msg_alive", growing, "News that a node is there, as told to this one."},
	{"memberlist_msg_dead", growing, "News that a node is gone."},
	{"memberlist_msg_suspect", growing, "News that a node may be gone."},
	{"memberlist_probeNode", sampled, "Milliseconds of a probe of another node."},
	{"memberlist_pushPullNode", sampled, "Milliseconds of a full exchange with another node."},
}

type tallyKind int

const (
	growing  tallyKind = iota // a counter
	standing                  // a gauge
	sampled                   // a summary without quantiles
)

// A tally is one figure of a library.
type tally struct {
	desc *prometheus.Desc
	kind tallyKind

	mu    sync.Mutex // guards what follows
	sum   float64
	count uint64
}

// listener hears what the libraries tell. They know one listener a process, so
// nodes that share a process share their figures.
type listener map[string]*tally

// listening is the listener of this process, from the first meter on.
var listening = sync.OnceValue(func() listener {
	l := listener{}
	for _, x := range libraries {
		l[x.name] = &tally{kind: x.kind, desc: prometheus.NewDesc(x.name, x.help, nil, nil)}
	}
	conf := metrics.DefaultConfig("")
	conf.EnableHostname, conf.EnableRuntimeMetrics, conf.EnableHostnameLabel = false, false, false
	if _, err := metrics.NewGlobal(conf, l); err != nil {
		panic(err) // fails on a bad filter only, and there is none
	}
	return l
})

func (l listener) hear(kind tallyKind, key []string, v float32) {
	t := l[strings.Join(key, "_")]
	if t == nil || t.kind != kind {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if kind == standing {
		t.sum = 0
	}
	t.sum += float64(v)
	t.count++
}

// SetGauge and what follows implement metrics.MetricSink.
func (l listener) SetGauge(key []string, v float32)    { l.hear(standing, key, v) }
func (l listener) IncrCounter(key []string, v float32) { l.hear(growing, key, v) }
func (l listener) AddSample(key []string, v float32)   { l.hear(sampled, key, v) }

// EmitKey drops what is neither counter, gauge nor sample.
func (listener) EmitKey([]string, float32) {}

// SetGaugeWithLabels is SetGauge; figures with labels that tell them apart are
// not among those listened to.
func (l listener) SetGaugeWithLabels(key []string, v float32, _ []metrics.Label) { l.SetGauge(key, v) }

// IncrCounterWithLabels is IncrCounter.
func (l listener) IncrCounterWithLabels(key []string, v float32, _ []metrics.Label) {
	l.IncrCounter(key, v)
}

// AddSampleWithLabels is AddSample.
func (l listener) AddSampleWithLabels(key []string, v float32, _ []metrics.Label) {
	l.AddSample(key, v)
}

// Describe implements prometheus.Collector.
func (l listener) Describe(out chan<- *prometheus.Desc) {
	for _, t := range l {
		out <- t.desc
	}
}

// Collect implements prometheus.Collector.
func (l listener) Collect(out chan<- prometheus.Metric) {
	for _, t := range l {
		t.mu.Lock()
		sum, count := t.sum, t.count
		t.mu.Unlock()
		switch t.kind {
		case growing:
			out <- prometheus.MustNewConstMetric(t.desc, prometheus.CounterValue, sum)
		case standing:
			out <- prometheus.MustNewConstMetric(t.desc, prometheus.GaugeValue, sum)
		case sampled:
			out <- prometheus.MustNewConstSummary(t.desc, count, sum, nil)
		}
	}
}
