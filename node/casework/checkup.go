package casework

import (
	"slices"
	"strings"
	"time"
)

// A Lamp says how a node is, as far as the one who looks can know. "Not sure"
// is an answer: who was last heard, and when, stands beside it.
type Lamp string

// The lamps.
const (
	Healthy Lamp = "healthy"
	Unsure  Lamp = "not sure"
	CutOff  Lamp = "cut off"
)

// Severity says how soon somebody must act.
type Severity string

// The severities.
const (
	Mild  Severity = "warning"  // work goes on; look at it today
	Grave Severity = "critical" // work stops, or will within hours
)

// An Ailment is one thing that is not as it should be. Its texts are English
// and name no person and no case; Language.Words says them.
type Ailment struct {
	Code     string    `json:"code" doc:"Fixed name of the check, for programs"`
	Severity Severity  `json:"severity" enum:"warning,critical"`
	Balai    BalaiCode `json:"balai,omitempty" doc:"Whom it is about, if not this node"`
	Title    string    `json:"title"`
	Impact   string    `json:"impact" doc:"What caseworkers notice"`
	Evidence string    `json:"evidence" doc:"What was measured"`
	By       BalaiCode `json:"by" doc:"Who measured it"`
	At       time.Time `json:"at" doc:"When it was measured"`
	Since    time.Time `json:"since" doc:"Since when it has been so"`
	Step     string    `json:"step" doc:"What to do first"`
	Command  string    `json:"command,omitempty" doc:"The first step as a command line"`
	Page     string    `json:"page,omitempty" doc:"The page on which the first step is one press away"`
	Explains []string  `json:"explains,omitempty" doc:"Codes of what follows from it and is not told apart"`
}

// In returns a with its texts in l.
func (a Ailment) In(l Language) Ailment {
	a.Title, a.Impact, a.Evidence, a.Step = l.Words(a.Title), l.Words(a.Impact), l.Words(a.Evidence), l.Words(a.Step)
	return a
}

// A Contact is what is known of another balai's node, and how.
type Contact struct {
	Balai     BalaiCode `json:"balai"`
	Lamp      Lamp      `json:"lamp" enum:"healthy,not sure,cut off"`
	Voter     bool      `json:"voter"`
	Leads     bool      `json:"leads,omitempty"`
	Heard     time.Time `json:"heard,omitzero" doc:"When it was last heard at first hand"`
	By        BalaiCode `json:"by" doc:"Who heard it"`
	Way       string    `json:"way,omitempty" doc:"How it was heard: ledger or gossip"`
	RoundTrip float64   `json:"roundTrip,omitempty" doc:"Seconds to its node and back"`
	Clock     float64   `json:"clock,omitempty" doc:"Seconds that its clock is ahead of ours"`
	Event     uint64    `json:"event,omitempty" doc:"Last event of the ledger that it says it has"`
	Match     uint64    `json:"match,omitempty" doc:"Last entry it has for certain; known to the leader only"`
	Degraded  bool      `json:"degraded,omitempty" doc:"It says itself that not everything works"`
	Address   string    `json:"address,omitempty" doc:"Where it says it can be dialled"`
}

// Alone says how long a node can work without all others, and what ends it.
type Alone struct {
	Days  int    `json:"days" doc:"3650 at most"`
	Limit string `json:"limit" doc:"disk or ledger lease"`
}

// A Following is the replicated ledger as a node sees it.
type Following struct {
	Leader    BalaiCode `json:"leader,omitempty"`
	Term      uint64    `json:"term"`
	Voters    int       `json:"voters"`
	Reachable int       `json:"reachable" doc:"Voters reachable from here, this node included if it votes"`
	Votes     bool      `json:"votes" doc:"This node votes"`
	Event     uint64    `json:"event" doc:"Last event on disk here"`
	Newest    uint64    `json:"newest" doc:"Last event that anybody says there is"`
	Elections int       `json:"elections" doc:"Within the last hour"`
}

// Spare is how many more voters may fall silent before nothing is decided.
func (g Following) Spare() int { return max(0, g.Reachable-g.Voters/2-1) }

// A Fellow is one balai of the federation by the ledger.
type Fellow struct {
	Code      BalaiCode
	Standing  string
	Voter     bool
	Leader    bool
	Signed    time.Time // when it last signed an event
	Reachable bool
	Key       string // fingerprint of its signing key
	Approvals int    // signatures on its request to join
	Needed    int
}

// Backups is what a node knows of the copies of its store.
type Backups struct {
	Made   time.Time      `json:"made" doc:"when the newest was made; the year 1 if never"`
	Proven time.Time      `json:"proven" doc:"when one was last restored for a test; the year 1 if never"`
	Keyed  bool           `json:"keyed" doc:"the node knows the recovery key that opens them, so it makes one every day"`
	Kept   []BackupOnDisk `json:"kept" doc:"in the node's own folder, the newest first"`
}

// A BackupOnDisk is one file of the folder of backups.
type BackupOnDisk struct {
	Name  string    `json:"name"`
	Made  time.Time `json:"made"`
	Bytes int64     `json:"bytes"`
}

// A Footprint is what running a node has cost since it was started: measured,
// not estimated.
type Footprint struct {
	Since   time.Time `json:"since" doc:"The start of the process"`
	CPU     float64   `json:"cpu" doc:"Seconds of a processor"`
	Written uint64    `json:"written" doc:"Bytes written to disks"`
	Served  uint64    `json:"served" doc:"Bytes of answers to people and programs, before they are packed"`
	Between uint64    `json:"between" doc:"Bytes to and from other balai"`
}

// A Checkup is how a node finds itself and the others.
type Checkup struct {
	Balai    BalaiCode  `json:"balai"`
	Version  string     `json:"version"`
	At       time.Time  `json:"at"`
	Lamp     Lamp       `json:"lamp" enum:"healthy,not sure,cut off"`
	Title    string     `json:"title" doc:"The state in one sentence"`
	Ailments []Ailment  `json:"ailments" doc:"Causes, worst first; what follows from a cause is only named there"`
	Balais   []Contact  `json:"balais" doc:"All other members, by code"`
	Alone    Alone      `json:"alone" doc:"How long this node can work alone"`
	Group    *Following `json:"group,omitempty" doc:"The node's part in the ledger; absent before admission"`
	Checked  []string   `json:"checked" doc:"Codes of all checks that were made"`
}

// In returns c with its texts in l.
func (c Checkup) In(l Language) Checkup {
	c.Title = l.Words(c.Title)
	c.Alone.Limit = l.Words(c.Alone.Limit)
	c.Ailments = slices.Clone(c.Ailments)
	for i, a := range c.Ailments {
		c.Ailments[i] = a.In(l)
	}
	return c
}

// Worst is the highest severity among the ailments, or "" if there is none.
func (c Checkup) Worst() (worst Severity) {
	for _, a := range c.Ailments {
		if a.Severity == Grave {
			return Grave
		}
		worst = a.Severity
	}
	return worst
}

// Titles are the ailments in a few words each.
func (c Checkup) Titles() []string {
	out := make([]string, 0, len(c.Ailments))
	for _, a := range c.Ailments {
		out = append(out, a.Title)
	}
	return out
}

// Codes are the codes of the ailments.
func (c Checkup) Codes() []string {
	out := make([]string, 0, len(c.Ailments))
	for _, a := range c.Ailments {
		out = append(out, a.Code)
	}
	return out
}

// Has reports whether the code stands among the ailments or what they explain.
func (c Checkup) Has(code string) bool {
	return slices.ContainsFunc(c.Ailments, func(a Ailment) bool { return a.Code == code || slices.Contains(a.Explains, code) })
}

// Report is the checkup as text for a message to whoever helps. It holds codes
// of balai and figures, and nothing about people or cases.
func (c Checkup) Report(l Language, zone *time.Location) string {
	said := c.In(l)
	stamp := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04 MST") }
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	line("SERASI ", string(c.Balai), " ", c.Version, " · ", stamp(c.At))
	line(said.Title)
	for _, a := range said.Ailments {
		line("")
		line("[", string(a.Severity), "] ", a.Title, " (", a.Code, ")")
		line("  ", a.Impact)
		line("  ", a.Evidence, " · ", string(a.By), " ", stamp(a.At))
		line("  ", l.Words("since"), " ", stamp(a.Since))
		line("  → ", a.Step)
		if a.Command != "" {
			line("    ", a.Command)
		}
	}
	return b.String()
}
