package rpc

import (
	"crypto/ed25519"
	"time"
)

// What the tests of the wire formats need from inside.

// OneTimeKey is the secret key of an invitation.
func OneTimeKey(i Invitation) ed25519.PrivateKey { return i.oneTimeKey() }

// RecodeJoin decodes a request to join and encodes it again.
func RecodeJoin(b []byte) ([]byte, error) {
	m, err := decodeJoin(b)
	return m.encode(), err
}

// RecodeReply does the same for the answer.
func RecodeReply(b []byte) ([]byte, error) {
	j, err := decodeReply(b)
	return j.encode(), err
}

// EncodeReply is the answer on the wire.
func EncodeReply(j JoinReply) []byte { return j.encode() }

// Tries counts tries against a clock of the test's own.
type Tries struct{ t *tries }

// NewTries allows limit tries an hour.
func NewTries(limit int, now func() time.Time) Tries { return Tries{newTries(limit, time.Hour, now)} }

// Try takes a try, if there is one.
func (t Tries) Try(source string) bool {
	if t.t.spent(source) {
		return false
	}
	t.t.count(source)
	return true
}

// Sources is how many sources are remembered.
func (t Tries) Sources() int { return len(t.t.at) }
