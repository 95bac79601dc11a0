package health

import (
	"fmt"
	"time"

	"serasi/node/casework"
)

// What caseworkers notice, of faults that are noticed alike.
const (
	nothingWritten = "Nobody can save anything on this node until this is mended; reading works."
	onlyLocal      = "Work on cases here goes on; handoffs wait in the outbox and leave by themselves."
	nothingYet     = "Nobody notices anything yet."
	slowPages      = "Saving takes long."
)

// checks are all checks, in the order in which causes are looked for.
var checks = append(append(append(append(append([]check{}, strandedChecks...), diskChecks...), machineChecks...), groupChecks...), workChecks...)

// strandedChecks are for a node that does not run.
var strandedChecks = []check{
	{
		code: "node.folder", severity: casework.Grave, known: stranded,
		impact: "The node cannot start, so nobody can work here.", step: "Mend what is named, or name another folder with --dir.",
		find: func(f Facts, _ *History) []finding {
			return one(f.Stranded.Folder != "", "The data folder cannot be used", f.Stranded.Folder)
		},
	},
	{
		code: "node.settings", severity: casework.Grave, known: stranded, causes: []string{"node.folder", "node.key"},
		impact: "The node cannot start, so nobody can work here.", step: "Mend the settings that are named.", command: "run",
		find: func(f Facts, _ *History) []finding {
			return one(f.Stranded.Settings != "", "The settings are wrong", f.Stranded.Settings)
		},
	},
	{
		code: "node.key", severity: casework.Grave, known: stranded, causes: []string{"node.folder"},
		impact: "The node cannot start, so nobody can work here.", step: "Bring back the file or the credential of the root key. Without it only a backup and its recovery key help.",
		find: func(f Facts, _ *History) []finding {
			return one(f.Stranded.Key != "", "The root key cannot be read", f.Stranded.Key)
		},
	},
	{
		code: "node.locked", severity: casework.Grave, known: stranded,
		impact: "A node runs on this folder, or hangs, and does not answer here.", step: "Find the other serasi process and end it; then start the node once.", command: "run",
		find: func(f Facts, _ *History) []finding {
			return one(f.Stranded.Locked, "Another process holds the database", "the lock of node.db is taken")
		},
	},
	{
		code: "node.port", severity: casework.Grave, known: stranded, causes: []string{"node.locked"},
		impact: "The node cannot start, so nobody can work here.", step: "End the other program, or give the node another address.",
		find: func(f Facts, _ *History) []finding {
			return one(f.Stranded.Ports != "", "Another program holds an address of the node", f.Stranded.Ports)
		},
	},
}

func stranded(f Facts) bool { return f.Stranded != nil }
func disk(f Facts) bool     { return f.Disk != nil && f.Disk.Total > 0 }
func stored(f Facts) bool   { return f.Store != nil }

// Little room is measured as a share, but nobody is woken for a tenth of a large
// disk (operations.md, disk 20 and 10 per cent).
const (
	roomWarning  = 10e9
	roomCritical = 2e9
)

var diskChecks = []check{
	{
		code: "disk.full", severity: casework.Grave, known: disk, impact: nothingWritten,
		step: "Make room on the disk of the data folder; the node goes on by itself.",
		find: func(f Facts, _ *History) []finding {
			return one(f.Disk.Full, "The disk is full: nothing is written", roomWords(f))
		},
	},
	{
		code: "disk.low", severity: casework.Mild, known: disk, after: time.Minute, impact: nothingYet, causes: []string{"disk.full"},
		step: "Make room on the disk of the data folder.",
		find: func(f Facts, _ *History) []finding {
			d := f.Disk
			x := one(d.Free*5 < d.Total && d.Free < roomWarning, "The disk is getting full", roomWords(f))
			if x != nil && d.Free*10 < d.Total && d.Free < roomCritical {
				x[0].severity = casework.Grave
			}
			return x
		},
	},
	{
		code: "disk.filling", severity: casework.Mild, known: disk, impact: nothingYet, causes: []string{"disk.full", "disk.low"},
		step: "Find what grows, or give the node a larger disk.",
		find: func(f Facts, h *History) []finding {
			rate := h.perDay(f)
			return one(rate > 0 && float64(f.Disk.Free) < 7*rate, "The disk will be full within a week",
				fmt.Sprintf("%s free; %s fewer each day", size(f.Disk.Free), size(uint64(rate))))
		},
	},
	{
		code: "disk.stalled", severity: casework.Grave, known: disk, after: time.Second, impact: nothingWritten,
		step: "Look at the disk and its cable. The node ends after ten seconds of this and is started again by itself.",
		find: func(f Facts, _ *History) []finding {
			return one(f.Disk.Hanging > 2*time.Second, "The disk does not answer", fmt.Sprintf("a write has not come back for %s", span(f.Disk.Hanging)))
		},
	},
	{
		code: "disk.slow", severity: casework.Mild, known: disk, after: time.Minute, impact: slowPages, causes: []string{"disk.full", "disk.stalled"},
		step: "Look what else writes to this disk, and whether it reports errors.",
		find: func(f Facts, _ *History) []finding {
			worst := max(f.Disk.WriteP99, f.Disk.AppendP99)
			x := one(worst > 500*time.Millisecond, "The disk is slow", fmt.Sprintf("one write in a hundred takes longer than %s", span(worst)))
			if worst > 5*time.Second {
				x[0].severity = casework.Grave
			}
			return x
		},
	},
	{
		code: "store.stopped", severity: casework.Grave, known: stored, impact: nothingWritten, causes: []string{"disk.full", "disk.stalled"},
		step: "Restart the node; if it stops again, look at the disk.",
		find: func(f Facts, _ *History) []finding {
			return one(f.Store.Stopped, "The database stopped after a failed write", "a write to node.db failed")
		},
	},
	{
		code: "store.damaged", severity: casework.Grave, known: stored, impact: "Some records of this balai cannot be opened.",
		step: "Restore the node from its last backup.", command: "restore FILE --recovery FILE", page: "/cadangan",
		find: func(f Facts, _ *History) []finding {
			return one(f.Store.Damaged > 0, "The database is damaged", fmt.Sprintf("%d places of node.db do not open", f.Store.Damaged))
		},
	},
}

func roomWords(f Facts) string {
	return fmt.Sprintf("%s free of %s", size(f.Disk.Free), size(f.Disk.Total))
}

var machineChecks = []check{
	{
		code: "clock.off", severity: casework.Mild, after: time.Minute, known: func(f Facts) bool { return f.Clock != nil && f.Clock.Known },
		impact: "Times on this node's pages and papers are wrong.", step: "Set the clock of this machine, and keep it by NTP.",
		find: func(f Facts, _ *History) []finding {
			ahead := f.Clock.Ahead
			side := "ahead"
			if ahead < 0 {
				side = "behind"
			}
			x := one(ahead.Abs() > 30*time.Second || f.Clock.Refuses, "The clock of this machine is wrong", fmt.Sprintf("%s %s of the other balai", span(ahead), side))
			if x != nil && (ahead.Abs() > 2*time.Minute || f.Clock.Refuses) {
				x[0].severity = casework.Grave
			}
			return x
		},
	},
	{
		code: "clock.moved", severity: casework.Mild, known: func(f Facts) bool { return f.Clock != nil },
		impact: "Times on this node's pages and papers are wrong.", step: "Take the clock setting out of the settings: it is for rehearsals.",
		find: func(f Facts, _ *History) []finding {
			return one(f.Clock.Moved != 0, "The clock is moved for a test", fmt.Sprintf("by %s", span(f.Clock.Moved)))
		},
	},
	{
		code: "memory.low", severity: casework.Mild, after: 2 * time.Minute, known: func(f Facts) bool { return f.Machine != nil && f.Machine.Memory > 0 },
		impact: "Pages take long; the system may end the node.", step: "Look what else runs on this machine.",
		find: func(f Facts, _ *History) []finding {
			m := f.Machine
			x := one(m.Available*10 < m.Memory, "Memory is short", fmt.Sprintf("%s of %s available", size(m.Available), size(m.Memory)))
			if x != nil && m.Available*20 < m.Memory {
				x[0].severity = casework.Grave
			}
			return x
		},
	},
	{
		code: "process.restarts", severity: casework.Mild, known: func(f Facts) bool { return f.Machine != nil }, causes: []string{"disk.full", "disk.stalled", "disk.slow", "memory.low"},
		impact: "People are interrupted; what they typed is kept.", step: "Read why it ended in the log of the last hour.",
		find: func(f Facts, _ *History) []finding {
			return one(f.Machine.Starts > 3, "The node starts again and again", fmt.Sprintf("%d starts in the last hour", f.Machine.Starts))
		},
	},
	{
		code: "process.swollen", severity: casework.Mild, after: 2 * time.Minute, known: func(f Facts) bool { return f.Machine != nil },
		impact: slowPages, step: "Keep a support bundle, then restart the node.", command: "support",
		find: func(f Facts, _ *History) []finding {
			return one(f.Machine.Goroutines > 20_000, "The node does more at once than it ever should", fmt.Sprintf("%d goroutines", f.Machine.Goroutines))
		},
	},
	{
		code: "key.loose", severity: casework.Mild, known: func(f Facts) bool { return f.Machine != nil },
		impact: nothingYet, step: "Keep the root key as a systemd credential or behind a passphrase.",
		find: func(f Facts, _ *History) []finding {
			return one(f.Machine.LoosePlain, "The root key lies in a file beside the data", "whoever takes the disk reads all cases")
		},
	},
	{
		code: "network.down", severity: casework.Grave, after: 15 * time.Second, known: func(f Facts) bool { return f.Machine != nil },
		impact: onlyLocal, step: "Look at the cable and the switch of this machine.",
		find: func(f Facts, _ *History) []finding {
			return one(f.Machine.NoNetwork, "This machine has no network", "no interface but the loopback has an address")
		},
	},
}
