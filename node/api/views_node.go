package api

import (
	"time"

	"serasi/node/casework"
)

// An Event is one line of the ledger. It names balai and random ids only.
type Event struct {
	Index   uint64             `json:"index"`
	Time    time.Time          `json:"time" doc:"Ledger time, which never runs backwards"`
	Act     string             `json:"act"`
	Actor   casework.BalaiCode `json:"actor,omitempty" doc:"Empty if the clock did it"`
	Kind    string             `json:"kind" doc:"federation, member, handoff or case"`
	Subject string             `json:"subject,omitempty" doc:"Code of a member, or id of a handoff or case"`
	Handle  string             `json:"handle,omitempty" doc:"The case in the ledger, of a transfer"`
	From    casework.BalaiCode `json:"from,omitempty"`
	To      casework.BalaiCode `json:"to,omitempty"`
	Stage   string             `json:"stage,omitempty" doc:"Stage of the handoff after it"`
	Epoch   uint64             `json:"epoch,omitempty" doc:"Custody epoch of the case after it"`
	Command string             `json:"command,omitempty" doc:"Id of the signed command"`
	Hash    string             `json:"hash" doc:"Running hash of the ledger up to here"`
}

// A Head is how far this node has followed the ledger.
type Head struct {
	Index      uint64    `json:"index"`
	Hash       string    `json:"hash"`
	Time       time.Time `json:"time,omitzero"`
	Federation string    `json:"federation"`
}

// A Member is one balai of the federation as this node knows it.
type Member struct {
	Code      casework.BalaiCode `json:"code"`
	Standing  string             `json:"standing" doc:"invited, requested, active, suspended, revoked or merged"`
	Voter     bool               `json:"voter"`
	Leader    bool               `json:"leader,omitempty"`
	Address   string             `json:"address,omitempty"`
	Since     time.Time          `json:"since,omitzero" doc:"First active"`
	Until     time.Time          `json:"until,omitzero" doc:"Of a suspension"`
	Heard     time.Time          `json:"heard,omitzero" doc:"When it last signed an event"`
	Reachable bool               `json:"reachable" doc:"By gossip, so only a hint"`
	Applied   uint64             `json:"applied,omitempty" doc:"Last event it says it has"`
	Key       string             `json:"key,omitempty" doc:"Fingerprint of its signing key"`
	Successor casework.BalaiCode `json:"successor,omitempty"`
	Approvals int                `json:"approvals,omitempty" doc:"Signatures in the ledger on the request to join"`
	Needed    int                `json:"needed,omitempty" doc:"Signatures that decide"`
}

// An Invitation lets one balai ask to join.
type Invitation struct {
	Code    casework.BalaiCode `json:"code"`
	Text    string             `json:"text" doc:"What the other balai gives to serasi join; shown once"`
	Expires time.Time          `json:"expires"`
}

// A Status is one node as an operator sees it.
type Status struct {
	Balai      casework.BalaiCode `json:"balai"`
	Version    string             `json:"version"`
	Federation string             `json:"federation"`
	Started    time.Time          `json:"started"`
	Now        time.Time          `json:"now" doc:"The node's clock"`
	Raft       RaftStatus         `json:"raft"`
	Ledger     Head               `json:"ledger"`
	Disk       DiskStatus         `json:"disk"`
	Clock      ClockStatus        `json:"clock"`
	Outbox     OutboxStatus       `json:"outbox"`
	Cases      map[string]int     `json:"cases" doc:"How many cases are in each state"`
	Indexed    bool               `json:"indexed" doc:"The search index is complete"`
	Ready      bool               `json:"ready"`
	Lamp       casework.Lamp      `json:"lamp" enum:"healthy,not sure,cut off" doc:"How the node finds itself"`
	Degraded   []string           `json:"degraded" doc:"What is not as it should be, in words; empty if all is well"`
}

// RaftStatus is the node's part in the replication of the ledger.
type RaftStatus struct {
	ID        string             `json:"id" doc:"Of this incarnation"`
	Role      string             `json:"role" doc:"leader, follower, candidate, learner or stopped"`
	Leader    casework.BalaiCode `json:"leader,omitempty"`
	Term      uint64             `json:"term"`
	Applied   uint64             `json:"applied"`
	Committed uint64             `json:"committed"`
	Lag       uint64             `json:"lag" doc:"Entries known to be committed and not yet applied here"`
	Quorum    bool               `json:"quorum" doc:"A majority of the voters is reachable from here"`
	Voters    int                `json:"voters"`
	Reachable int                `json:"reachable" doc:"Voters reachable from here, this one included"`
}

// DiskStatus is the room that is left, in bytes.
type DiskStatus struct {
	Free  uint64 `json:"free"`
	Total uint64 `json:"total"`
	Node  uint64 `json:"node" doc:"Size of the node's own store"`
}

// ClockStatus is how far the clock is from those of the other balai.
type ClockStatus struct {
	Offset  float64 `json:"offset" doc:"Seconds from the median of the others; positive: this one is ahead"`
	Trusted bool    `json:"trusted"`
}

// OutboxStatus is what waits for the ledger.
type OutboxStatus struct {
	Pending int       `json:"pending"`
	Oldest  time.Time `json:"oldest,omitzero"`
}

// Health is what a load balancer asks.
type Health struct {
	Ready bool          `json:"ready"`
	Lamp  casework.Lamp `json:"lamp" enum:"healthy,not sure,cut off"`
	Flags []string      `json:"flags,omitempty" doc:"What is not as it should be, in words"`
	Codes []string      `json:"codes,omitempty" doc:"The same by the codes of the checks"`
}
