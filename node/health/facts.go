package health

import (
	"time"

	"serasi/node/casework"
)

// Facts are what the rooms of a node tell about themselves at one moment. The
// engine judges them and asks nobody. Durations that nobody knows are negative;
// a nil part was not looked at, and its checks are left out.
type Facts struct {
	Balai    casework.BalaiCode
	Version  string
	Now      time.Time     // the node's clock
	Local    bool          // profile of one site: less patience with silence
	Silence  time.Duration // how long a balai may say nothing; 0: as the profile says
	Behind   uint64        // entries that may be missing here; 0: 1,000
	Disk     *Disk
	Store    *Store
	Clock    *Clock
	Machine  *Machine
	Peers    []Peer // all other active members; nil before admission
	Group    *Group // nil: not admitted, or the node does not run
	Work     *Work
	Backup   *Backup
	Stranded *Stranded // what a node that does not run was found to need
}

// Disk is the disk of the data folder.
type Disk struct {
	Free, Total uint64
	Reserve     uint64  // below it nothing is written
	Full        bool    // the store refuses to write
	PerDay      float64 // bytes by which the free room shrinks; 0: it does not, or unknown
	WriteP99    time.Duration
	AppendP99   time.Duration // of the replicated log
	Hanging     time.Duration // how long a write has not come back; zero if none waits
}

// Store is node.db.
type Store struct {
	Stopped bool // a write failed
	Damaged int  // places that do not open
}

// Clock is the node's clock beside those of the voters.
type Clock struct {
	Ahead   time.Duration
	Known   bool          // enough clocks were heard
	Moved   time.Duration // by the test setting
	Refuses bool          // so far off that the node neither leads nor stands
}

// Machine is the computer and the process.
type Machine struct {
	Available, Memory uint64 // bytes; Memory 0: unknown
	Goroutines        int
	Starts            int  // within the last hour, this one included
	NoNetwork         bool // no interface but the loopback has an address
	LoosePlain        bool // the root key lies in a file beside the data
}

// Peer is another active member as this node knows it.
type Peer struct {
	Code      casework.BalaiCode
	Voter     bool
	Leads     bool
	Ledger    time.Duration // since it was heard by the replicated log; negative: never
	Gossip    time.Duration // since it was heard by gossip; negative: never
	Alive     bool          // gossip, perhaps of others, holds it for alive
	Odd       bool          // its history is another
	Forgot    bool          // it remembers more of us than we do
	RoundTrip time.Duration
	Clock     time.Duration // ahead of ours
	Event     uint64
	Match     uint64
	Degraded  bool
	Address   string
}

// Group is the node's part in the replicated ledger.
type Group struct {
	Halted     string // why the ledger is not followed any more
	Superseded bool   // the federation was recovered without this node
	Newer      bool   // a version above ours is in force
	Diverged   bool   // most voters tell another history
	Leader     casework.BalaiCode
	Term       uint64
	Voters     int
	Votes      bool   // this node
	Reachable  int    // voters, this node included if it votes
	Lag        uint64 // entries committed and not applied here
	Event      uint64
	Applied    time.Duration // since the ledger time of the last event; negative: none
	Newest     uint64        // last event that anybody says there is
	Restoring  bool
	Foreign    bool // the ledger is not the one these cases come from
}

// Work is what waits between this node and others.
type Work struct {
	Oldest    map[casework.BalaiCode]time.Duration // oldest command that waits, by whom it is for; "" for the federation
	Undecided int                                  // commands that a person must decide about
	Unread    time.Duration                        // how far behind the ledger the inbox is, as age of the first event not pulled; negative: level
	Fetching  time.Duration                        // oldest packet on its way; negative: none
	Overdue   int                                  // offers to us, unanswered for two working days
	Stuck     map[string]int                       // handoffs of ours past the deadline of their stage, by stage
	SealKey   time.Duration                        // age of the sealing key; negative: none
	Approvals int                                  // balai that asked to join and are not answered
}

// Backup is the state of the backups.
type Backup struct {
	Age    time.Duration // of the newest; negative: there is none
	Proven time.Duration // since one was last restored for a test; negative: never
	Lived  time.Duration // how long this node has been there
}

// Stranded is what an examination finds of a node that does not run.
type Stranded struct {
	Folder   string // what is wrong with the data folder
	Settings string // what is wrong with the settings
	Locked   bool   // another process holds the database
	Ports    string // addresses that another program holds
	Key      string // why the root key cannot be read
}

// Ready reports whether the node does all of its work now: its own cases, and
// its part in the federation. Unlike a checkup it does not wait whether a fault
// lasts.
func (f Facts) Ready() bool {
	for _, p := range f.Peers {
		if p.Odd {
			return false
		}
	}
	g := f.Group
	return !f.Disk.Full && !f.Store.Stopped && f.Store.Damaged == 0 && !f.Clock.Refuses && g != nil && g.Leader != "" && g.Halted == "" &&
		!g.Newer && !g.Diverged && !g.Foreign && !g.Restoring
}
