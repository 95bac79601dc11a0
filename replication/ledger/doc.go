// Package ledger is the pure state machine that all nodes share: who is a
// member, with which keys; which handoffs are open, and at which stage; which
// balai is the custodian of a case. It is event-sourced: signed commands go in,
// numbered events come out, and a running hash ties them together.
//
// It is ground floor: no I/O, no clock, no randomness, no goroutine. Times and
// ids travel in the commands; the time of an event is the leader's stamp, never
// running backwards. State lives behind the small interface KV, so that a node
// may keep it in a database file and a test in a map.
//
// It may not know what a case or a person is. Names, numbers, diagnoses and
// free text never come here: what one balai says to another travels as a sealed
// payload of which only the digest is signed.
//
// Two rules carry everything. A refusal is an answer: it changes nothing and
// rests only on what can never come back (an old head, a replaced key, a wrong
// signature); all else is Retry. And every command names the hash of its
// subject's last event, so that a replay is answered with the first result, a
// race has one winner, and a stale view is refused.
package ledger
