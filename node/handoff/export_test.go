package handoff

import (
	"bytes"
	"crypto/hpke"
	"io"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// What is inside envelopes and packets has no door of its own. These are for the
// tests that try to break them.

// A TestKey is one sealing key and an envelope's place.
type TestKey struct {
	key hpke.PrivateKey
	at  place
}

// NewTestKey makes a key for envelopes of one handoff and part.
func NewTestKey(handoff byte, part string) TestKey {
	key, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		panic(err)
	}
	return TestKey{key, place{Federation: ledger.Hash{1}, Handoff: ledger.ID{handoff}, From: "MGL", To: "SRK", Part: part}}
}

// For is the same key with another place.
func (k TestKey) For(handoff byte, part string) TestKey {
	k.at.Handoff, k.at.Part = ledger.ID{handoff}, part
	return k
}

// Seal makes an envelope.
func (k TestKey) Seal(text []byte) []byte {
	var out bytes.Buffer
	if err := sealTo(&out, bytes.NewReader(text), k.key.PublicKey().Bytes(), k.at); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// Open opens an envelope.
func (k TestKey) Open(sealed []byte) ([]byte, error) {
	ring := func(id ledger.KeyID) hpke.PrivateKey {
		if id != ledger.KeyIDOf(k.key.PublicKey().Bytes()) {
			return nil
		}
		return k.key
	}
	r, err := openSealed(bytes.NewReader(sealed), ring, k.at)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// ErrSealed is what an envelope that does not open answers.
var ErrSealed = errSealed

// Pad and Unpad are what rides beside a command before it is sealed.
var (
	Pad   = pad
	Unpad = unpad
)

// WritePacket writes a packet with the contents given by document.
func WritePacket(b casework.Bundle, contents map[casework.DocumentID][]byte) ([]byte, error) {
	var out bytes.Buffer
	err := writePacket(&out, packetLine, b, b.Documents, func(d casework.Document) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(contents[d.ID])), nil
	})
	return out.Bytes(), err
}

// ReadPacket reads a packet and the contents in it.
func ReadPacket(packet []byte) (b casework.Bundle, contents map[casework.DocumentID][]byte, err error) {
	contents = map[casework.DocumentID][]byte{}
	docs := func() ([]casework.Document, error) { return b.Documents, casework.Faulty(b.Check()...) }
	err = readPacket(bytes.NewReader(packet), packetLine, &b, docs, func(d casework.Document, r io.Reader) error {
		content, err := io.ReadAll(r)
		contents[d.ID] = content
		return err
	})
	return b, contents, err
}

// WordsFor is what a person reads of a refusal of the ledger.
func WordsFor(why ledger.Reason) string { return wordsFor(why) }
