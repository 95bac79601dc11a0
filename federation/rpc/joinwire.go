package rpc

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"

	"serasi/federation/link"
)

const (
	joinVersion     = 1
	joinLabel       = "EXPORTER-SERASI-join-v1" // of the TLS exporter
	joinDomain      = "SERASI join v1\x00"
	maxJoinEntry    = 64 << 10 // bytes
	maxJoinRequest  = maxJoinEntry + 1<<10
	maxJoinReply    = 4 << 20 // a registry of a thousand members has about half a megabyte
	maxJoinPeers    = 4096
	maxCertsAPeer   = 4
	maxReasonLength = 200
)

// What a newcomer asks. The numbers are on the wire.
const (
	wantAsk      byte = 1
	wantProgress byte = 2
)

// joinMessage is what a newcomer sends.
type joinMessage struct {
	want       byte
	federation [32]byte
	invitation [ed25519.PublicKeySize]byte
	code       string
	entry      []byte
	signature  []byte // of joinDomain, the connection's exporter, and all above
}

func (m joinMessage) body() []byte {
	b := append([]byte{joinVersion, m.want}, m.federation[:]...)
	b = append(b, m.invitation[:]...)
	return putLong(putShort(b, m.code), m.entry)
}

func joinSigned(exporter, body []byte) []byte {
	return append(append([]byte(joinDomain), exporter...), body...)
}

func (m joinMessage) encode() []byte { return append(m.body(), m.signature...) }

// decodeJoin reads a message and checks its form. The signature is checked by
// verify, because that needs the connection.
func decodeJoin(b []byte) (joinMessage, error) {
	r := reader{rest: b}
	var m joinMessage
	version := r.byte()
	m.want = r.byte()
	r.fill(m.federation[:])
	r.fill(m.invitation[:])
	m.code = r.short()
	m.entry = r.long()
	m.signature = r.take(ed25519.SignatureSize)
	switch {
	case !r.done() || version != joinVersion || link.CheckID(m.code) != nil || len(m.entry) > maxJoinEntry,
		m.want != wantAsk && m.want != wantProgress,
		(m.want == wantAsk) != (len(m.entry) > 0):
		return joinMessage{}, Invalid.Because("the request to join is malformed")
	}
	return m, nil
}

func (m joinMessage) verify(exporter []byte) bool {
	return ed25519.Verify(m.invitation[:], joinSigned(exporter, m.body()), m.signature)
}

// JoinState is how a request to join stands. The numbers are on the wire.
type JoinState byte

// The states of a request.
const (
	JoinWaiting  JoinState = 1 // officers still have to approve
	JoinAdmitted JoinState = 2 // a member now; the reply lists the others

	joinRefused JoinState = 3 // errors, for the caller
	joinTooMany JoinState = 4
	joinLater   JoinState = 5
)

// JoinReply is what a newcomer is told.
type JoinReply struct {
	State    JoinState
	Genesis  [32]byte    // hash of the ledger's genesis, to verify the ledger from
	Approved int         // officers who have approved, at most 255
	Needed   int         // officers who must approve, at most 255
	Peers    []link.Peer // once admitted: the active members

	reason string // of a refusal
}

// check says whether j can be encoded and is an answer that a gate may give.
func (j JoinReply) check() error {
	const maxByte = 255
	ok := (j.State == JoinWaiting || j.State == JoinAdmitted) && len(j.Peers) <= maxJoinPeers &&
		j.Approved >= 0 && j.Approved <= maxByte && j.Needed >= 0 && j.Needed <= maxByte
	for _, p := range j.Peers {
		ok = ok && link.CheckID(p.ID) == nil && len(p.Addr) <= maxByte && len(p.RaftID) <= maxByte && len(p.Certs) <= maxCertsAPeer
	}
	if !ok {
		return errors.New("the gate's answer is not one that newcomers understand")
	}
	return nil
}

func (j JoinReply) encode() []byte {
	b := append([]byte{joinVersion, byte(j.State)}, j.Genesis[:]...)
	b = append(b, byte(j.Approved), byte(j.Needed))
	b = putShort(b, j.reason)
	b = binary.BigEndian.AppendUint16(b, uint16(len(j.Peers)))
	for _, p := range j.Peers {
		b = putShort(putShort(putShort(b, p.ID), p.Addr), p.RaftID)
		voter := byte(0)
		if p.Voter {
			voter = 1
		}
		b = append(b, voter, byte(len(p.Certs)))
		for _, der := range p.Certs {
			b = putLong(b, der)
		}
	}
	return b
}

func decodeReply(b []byte) (JoinReply, error) {
	r := reader{rest: b}
	var j JoinReply
	version := r.byte()
	j.State = JoinState(r.byte())
	r.fill(j.Genesis[:])
	j.Approved, j.Needed = int(r.byte()), int(r.byte())
	j.reason = r.short()
	n := int(r.uint16())
	for range min(n, maxJoinPeers+1) {
		if r.fault {
			break
		}
		p := link.Peer{ID: r.short(), Addr: r.short(), RaftID: r.short(), Voter: r.flag(), Active: true}
		for range min(int(r.byte()), maxCertsAPeer+1) {
			p.Certs = append(p.Certs, r.long())
		}
		if len(p.Certs) > maxCertsAPeer || link.CheckID(p.ID) != nil {
			r.fault = true
		}
		j.Peers = append(j.Peers, p)
	}
	if !r.done() || version != joinVersion || n > maxJoinPeers || j.State < JoinWaiting || j.State > joinLater || len(j.reason) > maxReasonLength {
		return JoinReply{}, Invalid.Because("the answer to the request to join is malformed")
	}
	return j, nil
}
