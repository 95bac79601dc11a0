package api

import (
	"time"

	"serasi/node/casework"
)

// A Motion is what an officer signs. Bytes are exactly what is signed; the rest
// says in words what they mean.
type Motion struct {
	Act     string             `json:"act"`
	Code    casework.BalaiCode `json:"code"`
	Content string             `json:"content" doc:"Digest of what the act would bring; read it out on the telephone"`
	Hash    string             `json:"hash"`
	Bytes   []byte             `json:"bytes" doc:"What an officer's key signs, base64"`
	Have    int                `json:"have" doc:"Signatures in the ledger"`
	Need    int                `json:"need"`
	Terms   *MotionTerms       `json:"terms,omitempty" doc:"What the act would bring, for acts that say more than whom they are about"`
	Effect  *Effect            `json:"effect,omitempty" doc:"What follows from it, as far as this node can tell; not signed"`
}

// A Matter is what officers are asked to decide.
type Matter struct {
	Act   string             `json:"act" enum:"activate,suspend,revoke,succeed,seat,council,switch,reassign"`
	Code  casework.BalaiCode `json:"code,omitempty" pattern:"^[A-Z][A-Z0-9]{2,7}$" patternDescription:"the code of a balai: 3 to 8 capital letters and digits" doc:"activate, suspend, revoke, succeed: about whom"`
	Terms *MotionTerms       `json:"terms,omitempty" doc:"seat, council, switch, succeed, reassign: what it would bring"`
}

// An Effect is what follows from a motion, by what this node knows now.
type Effect struct {
	Before   Quorum               `json:"before"`
	After    Quorum               `json:"after"`
	Gain     []casework.BalaiCode `json:"gain,omitempty" doc:"Balai that get a vote"`
	Lose     []casework.BalaiCode `json:"lose,omitempty" doc:"Balai that lose theirs"`
	Seats    int                  `json:"seats" doc:"Voters that the group grows to by itself"`
	Silent   []casework.BalaiCode `json:"silent,omitempty" doc:"Voters after it that this node does not hear now"`
	Cases    int                  `json:"cases,omitempty" doc:"Cases in the ledger that the balai answers for"`
	Handoffs int                  `json:"handoffs,omitempty" doc:"Handoffs with it that are not over"`
}

// A Quorum is who must be there for the ledger to go on.
type Quorum struct {
	Voters int `json:"voters"`
	Needed int `json:"needed" doc:"A majority of the voters"`
	Heard  int `json:"heard" doc:"Voters that this node hears now, itself included"`
	Bears  int `json:"bears" doc:"Voters that may still be lost before the ledger stands still"`
}

// MotionTerms are what an act of the officers would bring. An act uses some of
// them.
type MotionTerms struct {
	Voters    []casework.BalaiCode `json:"voters,omitempty" maxItems:"7" nullable:"false" doc:"seat: who votes"`
	Successor casework.BalaiCode   `json:"successor,omitempty" doc:"succeed: the balai that goes on for another"`
	Officers  []string             `json:"officers,omitempty" maxItems:"15" nullable:"false" doc:"council: public keys of all officers, hex"`
	K         int                  `json:"k,omitempty" doc:"council: how many of them decide"`
	Seats     int                  `json:"seats,omitempty" doc:"council: how many voters there are to be"`
	Daily     uint32               `json:"daily,omitempty" doc:"council: points a member may spend a day; told by the node"`
	To        casework.BalaiCode   `json:"to,omitempty" doc:"reassign: who becomes responsible"`
	Case      string               `json:"case,omitempty" doc:"reassign: handle of the case in the ledger"`
	Handoff   string               `json:"handoff,omitempty" doc:"reassign: id of a service referral that ends, in place of a case; to is its sender"`
	Version   int                  `json:"version,omitempty" doc:"switch: the version of the ledger to put in force"`
	Event     uint64               `json:"event,omitempty" doc:"recover: the last event of the survivor"`
	EventHash string               `json:"eventHash,omitempty" doc:"recover: its hash"`
}

// A Signature is one officer's approval of a motion.
type Signature struct {
	Officer   string `json:"officer" pattern:"^[0-9a-f]{16}$" patternDescription:"the 16 hex digits of an officer's key" doc:"Id of the officer's key"`
	Signature string `json:"signature" pattern:"^[0-9a-f]{128}$" patternDescription:"the 128 hex digits of a signature" doc:"Ed25519, over the bytes of the motion"`
}

// A Decision is how far a motion has come.
type Decision struct {
	Act      string             `json:"act"`
	Code     casework.BalaiCode `json:"code"`
	Have     int                `json:"have"`
	Need     int                `json:"need"`
	Done     bool               `json:"done"`
	Standing string             `json:"standing" doc:"Of the member now"`
}

// A Realm is the federation as a whole: who decides, who votes, what is in force.
type Realm struct {
	ID       string               `json:"id"`
	Version  int                  `json:"version" doc:"Version of the ledger in force"`
	Knows    int                  `json:"knows" doc:"Highest version that this node's program knows"`
	K        int                  `json:"k" doc:"How many officers decide"`
	Officers []Officer            `json:"officers"`
	Seats    int                  `json:"seats" doc:"Voters to grow to"`
	Daily    uint32               `json:"daily" doc:"Points a member may spend a day; 0: the default"`
	Voters   []casework.BalaiCode `json:"voters"`
	Quorum   Quorum               `json:"quorum"`
	Open     []OpenMotion         `json:"open" doc:"Motions that officers have signed and that wait for more"`
}

// An Officer is known by a key.
type Officer struct {
	ID     string `json:"id"`
	Public string `json:"public" doc:"Ed25519, hex"`
}

// An OpenMotion waits for more signatures.
type OpenMotion struct {
	Act     string   `json:"act"`
	Kind    string   `json:"kind" doc:"federation, member, handoff or case"`
	Subject string   `json:"subject,omitempty"`
	Content string   `json:"content" doc:"Digest of what it would bring"`
	Signed  []string `json:"signed" doc:"Ids of the officers who have signed"`
	Need    int      `json:"need"`
}

// An Estate is what the ledger says a balai answers for.
type Estate struct {
	Code      casework.BalaiCode `json:"code"`
	Heard     time.Time          `json:"heard,omitzero" doc:"When it last signed an event"`
	Free      time.Time          `json:"free,omitzero" doc:"From when on officers may give it to others: its lease is over then"`
	Cases     []HeldCase         `json:"cases"`
	Referrals []HeldReferral     `json:"referrals" doc:"Service referrals that it accepted and has not reported on"`
}

// A HeldCase is a case by its handle in the ledger.
type HeldCase struct {
	Case   string             `json:"case"`
	Epoch  uint64             `json:"epoch"`
	Since  time.Time          `json:"since"`
	Before casework.BalaiCode `json:"before,omitempty" doc:"Who had it before and keeps the file as it was sent"`
}

// A HeldReferral is a service referral that waits for an outcome.
type HeldReferral struct {
	Handoff string             `json:"handoff"`
	From    casework.BalaiCode `json:"from"`
	Stage   string             `json:"stage"`
}

// A Membership is this balai in the federation.
type Membership struct {
	Code      casework.BalaiCode `json:"code"`
	Standing  string             `json:"standing"`
	Voter     bool               `json:"voter"`
	Address   string             `json:"address" doc:"Where the ledger says that others dial it"`
	Advertise string             `json:"advertise" doc:"Where its settings say so"`
	Keys      []MemberKey        `json:"keys"`
	Cases     int                `json:"cases" doc:"Cases in the ledger that it answers for"`
	Handoffs  int                `json:"handoffs" doc:"Handoffs with it that are not over"`
	Waiting   int                `json:"waiting" doc:"Commands that wait in its outbox"`
	Files     int                `json:"files" doc:"Cases that are open here"`
	Stays     []string           `json:"stays" doc:"Why it cannot leave now: cases, handoffs, outbox, voter, version; empty if it can"`
}

// A MemberKey is one of the keys of a node.
type MemberKey struct {
	Use         string    `json:"use" doc:"sign, tls or seal"`
	Fingerprint string    `json:"fingerprint"`
	Since       time.Time `json:"since,omitzero"`
	Before      string    `json:"before,omitempty" doc:"Fingerprint of the one before that is still taken"`
}
