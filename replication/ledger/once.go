package ledger

// What a member brings may be used once only. Else two nodes could answer to
// one raft id, two members could present one certificate, a sealing key that
// was replaced could come back and make a final refusal untrue, and a rooted
// server could vote as an officer.
//
// The second byte of these rows says what is taken. They are kept for ever.
const (
	takenRaft    = 'r' // raft id
	takenTLS     = 't' // id of a certificate -> the one member that may bring it again
	takenSeal    = 's' // code, id of a sealing key
	takenOfficer = 'o' // id of an officer's key
)

func taken(what byte, parts ...[]byte) []byte {
	return row(rowTaken, append([][]byte{{what}}, parts...)...)
}

func tlsRow(cert []byte) []byte {
	id := KeyIDOf(cert)
	return taken(takenTLS, id[:])
}

func sealRow(code NodeID, seal []byte) []byte {
	id := KeyIDOf(seal)
	return taken(takenSeal, []byte(code), id[:])
}

func officerRow(pub []byte) []byte {
	id := KeyIDOf(pub)
	return taken(takenOfficer, id[:])
}

// freshSign reports whether a signing key was never anybody's.
func (s *State) freshSign(pub []byte) bool {
	return s.kv.Get(keyRow(pub)) == nil && s.kv.Get(officerRow(pub)) == nil
}

// freshTLS reports whether a certificate was never another's.
func (s *State) freshTLS(code NodeID, cert []byte) bool {
	by := s.kv.Get(tlsRow(cert))
	return by == nil || NodeID(by) == code
}

// freshSeal reports whether a sealing key was never that member's.
func (s *State) freshSeal(code NodeID, seal []byte) bool {
	return s.kv.Get(sealRow(code, seal)) == nil
}

// freshRaft reports whether a raft id was never used.
func (s *State) freshRaft(id RaftID) bool { return s.kv.Get(taken(takenRaft, id[:])) == nil }

// fresh reports whether all that f brings may be used.
func (s *State) fresh(f Founding) bool {
	return s.freshSign(f.Sign) && s.freshTLS(f.Code, f.TLS) && s.freshSeal(f.Code, f.Seal) && s.freshRaft(f.Raft)
}

func (s *State) takeTLS(code NodeID, cert []byte)  { s.kv.Put(tlsRow(cert), []byte(code)) }
func (s *State) takeSeal(code NodeID, seal []byte) { s.kv.Put(sealRow(code, seal), []byte{1}) }
func (s *State) takeRaft(id RaftID)                { s.kv.Put(taken(takenRaft, id[:]), []byte{1}) }

func (s *State) takeOfficers(keys [][]byte) {
	for _, pub := range keys {
		s.kv.Put(officerRow(pub), []byte{1})
	}
}
