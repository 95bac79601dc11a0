// Package federation says who is here: which members can be reached, how far
// each has followed the ledger, how their clocks stand, and what each offers
// (the directory). Open starts it, Gossip answers.
//
// All of it is a claim or a hint. Gossip never says who is a member, whose key
// is whose, who votes, or who is responsible for a case: the registry and the
// ledger do. It runs over memberlist, which is told about members only, and
// over connections of federation/link, so every byte comes from a proven node.
//
// memberlist calls its delegates under its own lock. What is called back here
// only copies and rings a bell; it never asks memberlist anything.
package federation
