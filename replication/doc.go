// Package replication keeps one ledger alike on all nodes. It is the raft group:
// it orders commands, stores them on a majority of voters, applies them to the
// state machine of replication/ledger, and lets the node pull what came of it.
// Most callers want Open, Propose, Since and Subscribe.
//
// It has no rules of its own about members, handoffs or custody, and may not
// know what a case or a person is. It does not know certificates either: who is
// at the other end of a connection is told by the Network it is given.
//
// It is the only room that knows hashicorp/raft and raft-wal, and it trusts
// neither with more than it must: every entry is verified before raft stores it,
// every snapshot before raft keeps it, and the applied state lies in a database
// of our own. DESIGN.md says which fault each guard is for.
package replication
