package casework

// A Sentence is what officers may decide against a member, as it stands now: what
// they sign, and what would follow.
type Sentence struct {
	Balai    BalaiCode
	Act      string // suspend or revoke
	Standing string
	Have     int    // signatures in the ledger
	Need     int    // that decide
	Content  []byte // what serasi officer sign reads: JSON
	Cases    int    // in the ledger, that the balai answers for
	Handoffs int    // with it, that are not over
	Voters   int    // before
	After    int    // voters after it
	Majority int    // of those
	Heard    int    // of those, by this node now
}

// SentenceActs are the acts of a Sentence.
var SentenceActs = []string{"suspend", "revoke"}
