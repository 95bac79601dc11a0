// Package handoff is everything between the cases of this balai and the ledger
// of handoffs: offers and answers go out through an outbox, what the ledger says
// is pulled into an inbox, and files travel as sealed packets. Here the ledger's
// words become the node's words, and its refusals the node's errors.
//
// A [Desk] does all of it. People use Offer, Act, Read, List, Get and Outbox;
// other nodes ask OpenPacket; Run keeps it moving.
//
// Three rules carry the room. What must be true together is written together:
// the freeze of a case, its audit line and the outbox row are one transaction,
// and so are the effects of events and the cursor. The node pulls and the ledger
// never pushes, because entries inside a snapshot pass through nobody. And the
// bytes of a command are stored before they are first sent, so that the same
// bytes go again until the ledger answers: "nobody knows" is a state of the
// outbox and never an answer to a person.
//
// The room does not know how rows are stored, what a case says, how the ledger
// is replicated, or who may do what: it meets those through the interfaces of
// [Config].
package handoff
