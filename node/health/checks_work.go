package health

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

func working(f Facts) bool  { return f.Work != nil }
func backedUp(f Facts) bool { return f.Backup != nil }
func noLedger() []string { // a wrong clock makes everything old
	return []string{"clock.off", "node.waiting", "ledger.halted", "version.old", "quorum.lost", "group.leaderless", "network.down", "wan.cut"}
}
func noPeer() []string { return append([]string{"voter.silent", "peer.silent"}, noLedger()...) }

// How long a command may wait, and an offer unread (operations.md, section 5).
const (
	waitsLong    = 4 * time.Hour
	waitsTooLong = 24 * time.Hour
)

var workChecks = []check{
	{
		code: "outbox.old", severity: casework.Mild, causes: noPeer(), known: working,
		impact: "A handoff that somebody sent has not left yet.", step: "Try again now, and telephone that balai if it does not leave.", page: "/antrean",
		find: func(f Facts, _ *History) (out []finding) {
			for _, to := range slices.Sorted(maps.Keys(f.Work.Oldest)) {
				age := f.Work.Oldest[to]
				if age < waitsLong {
					continue
				}
				x := finding{about: to, title: "The outbox does not empty", evidence: fmt.Sprintf("the oldest command has waited for %s", span(age))}
				if to != "" {
					x.title = fmt.Sprintf("Something for %s does not leave the outbox", to)
				}
				if age > waitsTooLong {
					x.severity = casework.Grave
				}
				out = append(out, x)
			}
			return out
		},
	},
	{
		code: "outbox.undecided", severity: casework.Mild, known: working,
		impact: "Something that was sent before the restore waits for a decision.", step: "Decide for each whether it still holds.", page: "/antrean",
		find: func(f Facts, _ *History) []finding {
			return one(f.Work.Undecided > 0, "Commands wait for a decision", fmt.Sprintf("%d commands from before the restore", f.Work.Undecided))
		},
	},
	{
		code: "inbox.behind", severity: casework.Mild, after: time.Minute, causes: []string{"clock.off", "disk.full", "disk.stalled", "store.stopped", "ledger.diverged"}, known: working,
		impact: "Handoffs that came are not shown yet.", step: "Restart the node; if it stays so, keep a support bundle.", command: "support",
		find: func(f Facts, _ *History) []finding {
			return one(f.Work.Unread > 10*time.Minute, "The inbox does not follow the ledger", fmt.Sprintf("an event of %s ago is not in it", span(f.Work.Unread)))
		},
	},
	{
		code: "packet.waiting", severity: casework.Mild, causes: noPeer(), known: working,
		impact: "A file that belongs to an accepted handoff is not here yet.", step: "Telephone the balai that sends it: its node must be on.", page: "/rujukan",
		find: func(f Facts, _ *History) []finding {
			return one(f.Work.Fetching > waitsLong, "A packet does not arrive", fmt.Sprintf("the oldest was accepted %s ago", span(f.Work.Fetching)))
		},
	},
	{
		code: "handoff.stuck", severity: casework.Mild, causes: noLedger(), known: working,
		impact: "A handoff is past the date of its next step.", step: "Open the handoffs and telephone the other balai.", page: "/rujukan",
		find: func(f Facts, _ *History) []finding {
			var parts []string
			total := 0
			for _, stage := range slices.Sorted(maps.Keys(f.Work.Stuck)) {
				parts = append(parts, fmt.Sprintf("%s %d", stage, f.Work.Stuck[stage]))
				total += f.Work.Stuck[stage]
			}
			return one(total > 0, "Handoffs are stuck", "by stage: "+strings.Join(parts, ", "))
		},
	},
	{
		code: "answers.overdue", severity: casework.Mild, causes: []string{"clock.off"}, known: working,
		impact: "Another balai waits for our answer.", step: "Ask the head to answer what waits.", page: "/rujukan",
		find: func(f Facts, _ *History) []finding {
			return one(f.Work.Overdue > 0, "Offers wait for our answer", fmt.Sprintf("%d for two working days or longer", f.Work.Overdue))
		},
	},
	{
		code: "key.old", severity: casework.Mild, causes: noLedger(), known: working,
		impact: nothingYet, step: "Wait for the next turn of the key; look at the outbox if it does not come.", page: "/antrean",
		find: func(f Facts, _ *History) []finding {
			return one(f.Work.SealKey > 8*24*time.Hour, "The sealing key is old", fmt.Sprintf("it was made %s ago; it should turn every week", span(f.Work.SealKey)))
		},
	},
	{
		code: "approvals.pending", severity: casework.Mild, after: 24 * time.Hour, known: working,
		impact: "A balai that wants to join waits.", step: "Officers compare the fingerprint by telephone and approve or refuse.", command: "approve CODE --officer FILE", page: "/anggota",
		find: func(f Facts, _ *History) []finding {
			return one(f.Work.Approvals > 0, "A balai waits to be admitted", fmt.Sprintf("%d have asked and are not answered", f.Work.Approvals))
		},
	},
	{
		code: "backup.old", severity: casework.Mild, known: backedUp, causes: []string{"clock.off", "disk.full", "store.stopped"},
		impact: "If the disk fails now, the work since the last backup is lost.", step: "Make a backup now.", command: "backup FILE", page: "/cadangan",
		find: func(f Facts, _ *History) []finding {
			b := f.Backup
			x := finding{title: "The last backup is old", evidence: fmt.Sprintf("it was made %s ago", span(b.Age))}
			age := b.Age
			if age < 0 {
				x, age = finding{title: "There is no backup", evidence: "none was ever made on this node"}, b.Lived
			}
			switch {
			case age <= 26*time.Hour:
				return nil
			case age > 7*24*time.Hour:
				x.severity = casework.Grave
			}
			return []finding{x}
		},
	},
	{
		code: "backup.unproven", severity: casework.Mild, known: backedUp, causes: []string{"clock.off", "backup.old"},
		impact: "Nobody knows whether the backup can be restored.", step: "Restore the last backup into an empty folder to see that it opens.", page: "/cadangan",
		find: func(f Facts, _ *History) []finding {
			b := f.Backup
			return one(b.Age >= 0 && (b.Proven > 8*24*time.Hour || b.Proven < 0 && b.Lived > 8*24*time.Hour), "No backup was restored for a test lately", provenWords(b))
		},
	},
}

func provenWords(b *Backup) string {
	if b.Proven < 0 {
		return "none was ever tested on this node"
	}
	return fmt.Sprintf("the last test was %s ago", span(b.Proven))
}
