// Package rpc is what nodes ask of each other over the port: proposals for the
// leader, strong reads, missing events, sealed packets, a ping. Serve answers,
// Client asks. It also holds the join protocol, which newcomers speak before
// they are members: Invitation, AskToJoin, JoinProgress and ServeJoin.
//
// The room carries bytes and says who sent them. It does not know what a
// command, an entry or a case is, and decides nothing that the ledger decides:
// whoever implements Ledger, Packets, Status and Gate does. The caller of every
// call is the key of the connection, looked up in the registry as it is at that
// moment.
package rpc
