package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
)

// Bounds of what travels. What is larger is malformed.
const (
	MaxCommand = 16 << 10       // bytes of one signed command
	MaxPayload = 64<<10 + 2<<10 // bytes of one sealed payload: 64 KiB of text and its envelope
	MaxEntry   = MaxCommand + MaxPayload + 128
)

// What is signed begins with a string that no other protocol signs.
const (
	commandDomain = "SERASI ledger command v1\x00"
	newKeyDomain  = "SERASI ledger new key v1\x00"
)

// A Command is what one node says should happen. Build it, Sign it, and from
// then on pass on the signed bytes.
type Command struct {
	Version    uint16
	Federation Hash
	ID         ID
	Actor      NodeID
	Key        KeyID // of the actor's signing key
	Act        Act
	Subject    Subject
	Prev       Hash // hash of the subject's last event; zero for a new subject
	Payload    Hash // SHA-256 of the sealed payload that rides along; zero for none
	Staff      Staff
	Minute     int64 // when it was made, Unix minutes of the actor's clock; informative
	Body       Body
}

// Signed is a command as signed. The bytes are never encoded anew.
type Signed struct {
	Bytes []byte
	Sig   [ed25519.SignatureSize]byte
}

// Hash names the command, and is the head of its subject once applied.
func (s Signed) Hash() Hash { return sha256.Sum256(s.Bytes) }

// Sign encodes c and signs it with the actor's key. The error is ErrMalformed
// if c is not well formed or its key is another.
func Sign(key ed25519.PrivateKey, c Command) (Signed, error) {
	c.Key = KeyIDOf(key.Public().(ed25519.PublicKey))
	b := c.encode()
	if again, err := DecodeCommand(b); err != nil || again.Act != c.Act {
		return Signed{}, ErrMalformed
	}
	s := Signed{Bytes: b}
	copy(s.Sig[:], ed25519.Sign(key, signedBytes(b)))
	return s, nil
}

func signedBytes(command []byte) []byte {
	b := make([]byte, 0, len(commandDomain)+len(command))
	return append(append(b, commandDomain...), command...)
}

func (c Command) encode() []byte {
	e := encoder{b: make([]byte, 0, 512)}
	e.u16(c.Version)
	e.fixed(c.Federation[:])
	e.fixed(c.ID[:])
	e.string(string(c.Actor))
	e.fixed(c.Key[:])
	e.u8(uint8(c.Act))
	e.u8(uint8(c.Subject.Kind))
	e.string(c.Subject.Name)
	e.fixed(c.Prev[:])
	e.fixed(c.Payload[:])
	e.fixed(c.Staff[:])
	e.u64(uint64(c.Minute))
	at := len(e.b)
	e.u32(0)
	if c.Body != nil {
		c.Body.encode(&e)
	}
	binary.BigEndian.PutUint32(e.b[at:], uint32(len(e.b)-at-4))
	return e.b
}

// DecodeCommand reads a command strictly: unknown acts, other encodings of the
// same value and trailing bytes are ErrMalformed. A command of a version above
// Version is returned with its header only.
func DecodeCommand(b []byte) (Command, error) { return decodeCommand(b, Version) }

// decodeCommand is DecodeCommand for who knows versions up to upto. What is
// judged is read up to the version in force, so that every binary says the
// same of what lies above it.
func decodeCommand(b []byte, upto uint16) (Command, error) {
	if len(b) > MaxCommand {
		return Command{}, ErrMalformed
	}
	var c Command
	d := decoder{b: b}
	c.Version = d.u16()
	d.fixed(c.Federation[:])
	d.fixed(c.ID[:])
	c.Actor = d.node()
	d.fixed(c.Key[:])
	c.Act = Act(d.u8())
	c.Subject = Subject{Kind: SubjectKind(d.u8()), Name: d.string(16)}
	d.fixed(c.Prev[:])
	d.fixed(c.Payload[:])
	d.fixed(c.Staff[:])
	c.Minute = int64(d.u64())
	body := d.bytes(MaxCommand)
	if err := d.end(); err != nil || c.Version == 0 || c.Actor == "" || c.ID.IsZero() || !c.Subject.valid() {
		return Command{}, ErrMalformed
	}
	if c.Version > upto {
		return c, nil
	}
	c.Body = newBody(c.Act)
	if c.Body == nil || c.Version < since[c.Act] {
		return Command{}, ErrMalformed
	}
	bd := decoder{b: body}
	c.Body.decode(&bd)
	if err := bd.end(); err != nil || !bytes.Equal(c.encode(), b) {
		return Command{}, ErrMalformed
	}
	return c, nil
}

// A Proposal is what a node sends to be ordered: a signed command and its
// sealed payload, if it has one.
type Proposal struct {
	Signed
	Payload []byte
}

// Encode writes p for the way to the leader.
func (p Proposal) Encode() []byte {
	var e encoder
	p.encodeTo(&e)
	return e.b
}

func (p Proposal) encodeTo(e *encoder) {
	e.bytes(p.Bytes)
	e.fixed(p.Sig[:])
	e.bytes(p.Payload)
}

func (p *Proposal) decodeFrom(d *decoder) {
	p.Bytes = d.bytes(MaxCommand)
	d.fixed(p.Sig[:])
	p.Payload = d.bytes(MaxPayload)
}

// DecodeProposal reads what Encode wrote. The command in it is not judged.
func DecodeProposal(b []byte) (p Proposal, err error) {
	if len(b) > MaxEntry {
		return Proposal{}, ErrMalformed
	}
	d := decoder{b: b}
	p.decodeFrom(&d)
	return p, d.end()
}

// An Entry is one line of the replicated log: a proposal with the time at which
// the leader took it.
type Entry struct {
	Stamp Time
	Proposal
}

const entryFormat = 1

// Encode writes n for the log.
func (n Entry) Encode() []byte {
	e := encoder{b: make([]byte, 0, len(n.Bytes)+len(n.Payload)+96)}
	e.u8(entryFormat)
	e.time(n.Stamp)
	n.encodeTo(&e)
	return e.b
}

// DecodeEntry reads what Encode wrote. The command in it is not judged.
func DecodeEntry(b []byte) (n Entry, err error) {
	if len(b) > MaxEntry {
		return Entry{}, ErrMalformed
	}
	d := decoder{b: b}
	format := d.u8()
	n.Stamp = d.time()
	n.decodeFrom(&d)
	if format != entryFormat || n.Stamp > MaxStamp {
		return Entry{}, ErrMalformed
	}
	return n, d.end()
}

// ProveKey signs that the holder of a new signing key takes it for a member.
func ProveKey(key ed25519.PrivateKey, federation Hash, member NodeID) (sig [ed25519.SignatureSize]byte) {
	copy(sig[:], ed25519.Sign(key, newKeyBytes(federation, member, key.Public().(ed25519.PublicKey))))
	return sig
}

func newKeyBytes(federation Hash, member NodeID, pub []byte) []byte {
	e := encoder{b: []byte(newKeyDomain)}
	e.fixed(federation[:])
	e.string(string(member))
	e.bytes(pub)
	return e.b
}
