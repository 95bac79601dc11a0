package health

import (
	"cmp"
	"fmt"
	"time"

	"serasi/node/casework"
)

func grouped(f Facts) bool { return f.Group != nil }
func peered(f Facts) bool  { return f.Group != nil && len(f.Peers) > 0 }

// silent reports whether p said nothing at first hand for longer than it may.
func (p Peer) silent(f Facts) bool {
	age, _ := p.heard()
	if age < 0 {
		return !p.Alive // of many balai, some speak to this one minutes after its start only
	}
	return age > f.silence()
}

// cutOff reports whether nobody was heard at first hand lately.
func cutOff(f Facts) bool {
	for _, p := range f.Peers {
		if !p.silent(f) {
			return false
		}
	}
	return len(f.Peers) > 0
}

// quiet finds those of the peers that vote, or do not, and are silent.
func quiet(voters bool) func(Facts, *History) []finding {
	return func(f Facts, _ *History) (out []finding) {
		for _, p := range f.Peers {
			if p.Voter != voters || !p.silent(f) {
				continue
			}
			evidence := "never heard since this node started"
			if age, way := p.heard(); age >= 0 {
				evidence = fmt.Sprintf("last heard %s ago, by %s", span(age), way)
			}
			out = append(out, finding{about: p.Code, title: fmt.Sprintf("%s does not answer", p.Code), evidence: evidence})
		}
		return out
	}
}

// spare is how many more voters may fall silent before nothing is decided.
func spare(f Facts) (silent, left int) {
	for _, p := range f.Peers {
		if p.Voter && p.silent(f) && !p.Alive {
			silent++
		}
	}
	return silent, (f.Group.Voters-1)/2 - silent
}

var noWay = []string{"network.down", "wan.cut"}

var groupChecks = []check{
	{
		code: "node.waiting", severity: casework.Mild, known: func(f Facts) bool { return f.Group == nil && f.Stranded == nil },
		impact: onlyLocal, step: "Ask the officers to approve this balai, and read them the fingerprint.", command: "status",
		find: func(Facts, *History) []finding {
			return one(true, "This node waits for the officers to admit it", "it is not a member of the federation yet")
		},
	},
	{
		code: "wan.cut", severity: casework.Grave, after: 30 * time.Second, causes: []string{"network.down"}, known: peered,
		impact: onlyLocal, step: "Look at the line to the internet: router, credit, provider.", page: "/simpul",
		find: func(f Facts, _ *History) []finding {
			return one(cutOff(f) && len(f.Peers) > 1, "No other balai can be reached from here", fmt.Sprintf("none of %d balai was heard for %s", len(f.Peers), span(f.silence())))
		},
	},
	{
		code: "voter.silent", severity: casework.Mild, after: time.Minute, causes: noWay, known: peered,
		impact: "Handoffs to that balai wait; all else goes on.", step: "Telephone that balai: is its node on, is its line up?", page: "/simpul",
		find: quiet(true),
	},
	{
		code: "peer.silent", severity: casework.Mild, after: 2 * time.Minute, causes: noWay, known: peered,
		impact: "Handoffs to that balai wait; all else goes on.", step: "Telephone that balai: is its node on, is its line up?", page: "/simpul",
		find: quiet(false),
	},
	{
		code: "peer.torn", severity: casework.Mild, after: 5 * time.Minute, causes: noWay, known: peered,
		impact: "Handoffs may take longer.", step: "Look whether a firewall lets long connections of the port between balai through.", page: "/simpul",
		find: func(f Facts, _ *History) (out []finding) {
			for _, p := range f.Peers { // only the leader hears all voters by the ledger
				if p.Voter && f.Group.Leader == f.Balai && p.Ledger > f.silence() && p.Gossip >= 0 && p.Gossip < f.silence() {
					out = append(out, finding{about: p.Code, title: fmt.Sprintf("%s is heard by gossip and not by the ledger", p.Code), evidence: fmt.Sprintf("last heard by the ledger %s ago", span(p.Ledger))})
				}
			}
			return out
		},
	},
	{
		code: "quorum.lost", severity: casework.Grave, after: 30 * time.Second, causes: append([]string{"voter.silent"}, noWay...), known: grouped,
		impact: onlyLocal, step: "Get the silent voters back. If they are gone for good, officers decide about recover.", page: "/konsensus",
		find: func(f Facts, _ *History) []finding {
			g := f.Group
			return one(g.Leader == "" && g.Halted == "" && g.Voters > 0 && 2*g.Reachable <= g.Voters, "No majority of the voters can be reached",
				fmt.Sprintf("%d of %d voters reachable from here", g.Reachable, g.Voters))
		},
	},
	{
		code: "group.leaderless", severity: casework.Grave, after: 2 * time.Minute, causes: append([]string{"quorum.lost", "ledger.halted"}, noWay...), known: grouped,
		impact: onlyLocal, step: "Wait for an election; if there is none, look at the voters.", page: "/konsensus",
		find: func(f Facts, _ *History) []finding {
			return one(f.Group.Leader == "", "Nobody leads the ledger", fmt.Sprintf("%d of %d voters reachable from here", f.Group.Reachable, f.Group.Voters))
		},
	},
	{
		code: "quorum.thin", severity: casework.Mild, after: time.Minute, causes: append([]string{"voter.silent", "quorum.lost"}, noWay...), known: peered,
		impact: nothingYet, step: "Get the silent voters back before another one fails.", page: "/konsensus",
		find: func(f Facts, _ *History) []finding {
			silent, left := spare(f)
			x := one(f.Group.Voters >= 3 && silent > 0 && left <= 1, "Few voters are left", fmt.Sprintf("%d of %d voters silent", silent, f.Group.Voters))
			if x != nil && left <= 0 {
				x[0].severity = casework.Grave
			}
			return x
		},
	},
	{
		code: "group.elections", severity: casework.Mild, causes: append([]string{"disk.stalled", "disk.slow", "voter.silent", "clock.off"}, noWay...), known: grouped,
		impact: "Handoffs may take some seconds longer.", step: "Look at the lines and disks of the voters; a shaky line needs the profile wan.", page: "/konsensus",
		find: func(_ Facts, h *History) []finding {
			n := h.Elections()
			return one(n >= 3, "The leader of the ledger changes often", fmt.Sprintf("%d elections in the last hour", n))
		},
	},
	{
		code: "ledger.superseded", severity: casework.Grave, known: grouped,
		impact: onlyLocal, step: "Stop this node and let it return as a new incarnation; its cases stay.", command: "rejoin",
		find: func(f Facts, _ *History) []finding {
			return one(f.Group.Superseded, "The federation was recovered without this node", fmt.Sprintf("officers began a new group of voters; this node stopped at event %d", f.Group.Event))
		},
	},
	{
		code: "ledger.halted", severity: casework.Grave, causes: []string{"ledger.superseded", "disk.full", "store.stopped", "disk.stalled", "disk.slow"}, known: grouped,
		impact: onlyLocal, step: "Restart the node; if it halts again, keep a support bundle and ask for help.", command: "support",
		find: func(f Facts, _ *History) []finding {
			return one(f.Group.Halted != "", "The ledger is not followed here any more", "the log stopped: its last words are in the log of the node")
		},
	},
	{
		code: "ledger.diverged", severity: casework.Grave, known: grouped,
		impact: "Shared cases cannot be edited here.", step: "Do not restart. Keep a support bundle and tell the officers.", command: "support",
		find: func(f Facts, _ *History) []finding {
			return one(f.Group.Diverged || f.Group.Foreign, "This node's ledger differs from that of the others", fmt.Sprintf("at event %d", f.Group.Event))
		},
	},
	{
		code: "peer.odd", severity: casework.Grave, causes: []string{"ledger.diverged"}, known: peered,
		impact: nothingYet, step: "Tell the officers and that balai at once: its disk or its administrator is not to be trusted.", page: "/simpul",
		find: func(f Facts, _ *History) (out []finding) {
			for _, p := range f.Peers {
				if p.Odd || p.Forgot {
					out = append(out, finding{about: p.Code, title: fmt.Sprintf("The history of %s differs from ours", p.Code), evidence: fmt.Sprintf("it says that it has event %d", p.Event)})
				}
			}
			return out
		},
	},
	{
		code: "version.old", severity: casework.Grave, known: grouped,
		impact: onlyLocal, step: "Upgrade this node to the version of the others.", command: "version",
		find: func(f Facts, _ *History) []finding {
			return one(f.Group.Newer, "This node is too old for the federation", fmt.Sprintf("it runs version %s", f.Version))
		},
	},
	{
		code: "ledger.behind", severity: casework.Mild, after: time.Minute, known: grouped,
		causes: append([]string{"ledger.halted", "version.old", "quorum.lost", "group.leaderless", "disk.stalled", "disk.slow"}, noWay...),
		impact: "What others did lately is not shown here yet.", step: "Wait; the node catches up by itself. Look at its line if the number grows.", page: "/konsensus",
		find: func(f Facts, _ *History) []finding {
			behind := f.Group.Lag
			if f.Group.Newest > f.Group.Event {
				behind = max(behind, f.Group.Newest-f.Group.Event)
			}
			return one(behind > cmp.Or(f.Behind, 1000), "This node is behind the ledger", fmt.Sprintf("%d entries are missing here", behind))
		},
	},
	{
		code: "ledger.lease", severity: casework.Mild, causes: append([]string{"clock.off", "ledger.halted", "version.old", "quorum.lost", "group.leaderless"}, noWay...), known: grouped,
		impact: "After 14 days without news only addenda are possible on cases that the ledger knows.", step: "Get the line to the other balai back.", page: "/simpul",
		find: func(f Facts, _ *History) []finding {
			old := f.Group.Applied
			x := one(old > lease-4*24*time.Hour, "This node has long had no news of the ledger", fmt.Sprintf("the last event here is %s old", span(old)))
			if old > lease {
				x[0].severity = casework.Grave
			}
			return x
		},
	},
	{
		code: "node.restoring", severity: casework.Mild, causes: append([]string{"quorum.lost", "group.leaderless"}, noWay...), known: grouped,
		impact: "Cases that the ledger knows can be read and not yet edited.", step: "Wait until the node is level with the ledger.", page: "/konsensus",
		find: func(f Facts, _ *History) []finding {
			return one(f.Group.Restoring, "Back from a backup and not yet level with the ledger", fmt.Sprintf("at event %d of %d", f.Group.Event, max(f.Group.Event, f.Group.Newest)))
		},
	},
}
