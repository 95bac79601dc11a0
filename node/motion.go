package node

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"serasi/node/api"
	"serasi/node/casework"
	"serasi/replication/ledger"
)

// What officers sign is a motion of the ledger. The people's port tells it in
// words as well, and whoever signs makes the bytes from the words again.

// CheckMotion returns nil if the bytes of m are what its words say: that act, on
// that balai or case, with those terms. An officer must not sign otherwise: the
// node that told the words may be in foreign hands.
func CheckMotion(m Motion) error {
	claim, err := claimed(m)
	start := bytes.IndexByte(m.Bytes, 0) + 1 // the words of the domain end with a zero
	const hash = len(ledger.Hash{})
	if err != nil || start == 0 || len(m.Bytes) < start+4*hash {
		return errors.New("what is to be signed is not a motion")
	}
	end := len(m.Bytes)
	copy(claim.Federation[:], m.Bytes[start:])
	copy(claim.Council[:], m.Bytes[start+hash:])
	copy(claim.Prev[:], m.Bytes[end-2*hash:end-hash])
	if content := claim.Content; content.IsZero() { // known by its digest, which is read out
		copy(claim.Content[:], m.Bytes[end-hash:])
	}
	told := strings.ReplaceAll(m.Content, "-", "")
	if !bytes.Equal(claim.Bytes(), m.Bytes) || len(told) < 40 || !strings.HasPrefix(claim.Content.String(), told) {
		return errors.New("what is to be signed is not what this node says it is: do not trust this node")
	}
	return nil
}

// claimed is the motion that the words of m describe, without what only the
// ledger knows.
func claimed(m Motion) (claim ledger.Motion, err error) {
	act, known := ledger.ParseAct(m.Act)
	if !known {
		return claim, errors.New("unknown act")
	}
	claim.Act = act
	if act == ledger.Activate || act == ledger.Suspend || act == ledger.Revoke {
		claim.Subject = ledger.MemberOf(ledger.NodeID(m.Code))
		return claim, nil
	}
	if m.Terms == nil {
		return claim, errors.New("no terms")
	}
	var body ledger.Body
	if claim.Subject, body, err = termsOf(act, m.Code, *m.Terms); err != nil {
		return claim, err
	}
	claim.Content = ledger.ContentOf(body)
	return claim, nil
}

// termsOf makes what an act would bring from its words. Terms that can never
// be are Invalid, with their field.
func termsOf(act ledger.Act, code casework.BalaiCode, t api.MotionTerms) (s ledger.Subject, body ledger.Body, err error) {
	wrong := func(field, words string) error { return casework.Faulty(casework.Fault{Field: field, Words: words}) }
	s = ledger.Federation()
	switch act {
	case ledger.Seat:
		b := &ledger.SeatBody{}
		for _, c := range t.Voters {
			b.Voters = append(b.Voters, ledger.NodeID(c))
		}
		slices.Sort(b.Voters)
		b.Voters = slices.Compact(b.Voters)
		if len(b.Voters)%2 == 0 || len(b.Voters) > 7 {
			return s, nil, wrong("voters", "must be 1, 3, 5 or 7 different balai")
		}
		return s, b, nil
	case ledger.Council:
		b := &ledger.CouncilBody{K: uint8(t.K), Seats: uint8(t.Seats), Daily: t.Daily}
		for _, o := range t.Officers {
			key, err := hex.DecodeString(o)
			if err != nil || len(key) != 32 {
				return s, nil, wrong("officers", "is not the public key of an officer")
			}
			b.Officers = append(b.Officers, key)
		}
		slices.SortFunc(b.Officers, bytes.Compare)
		b.Officers = slices.CompactFunc(b.Officers, bytes.Equal)
		if t.K < 1 || t.K > len(b.Officers) {
			return s, nil, wrong("k", "must be at least 1 and at most the number of officers")
		}
		if t.Seats%2 == 0 || t.Seats < 1 || t.Seats > 7 {
			return s, nil, wrong("seats", "must be 1, 3, 5 or 7")
		}
		return s, b, nil
	case ledger.Succeed:
		if !ledger.NodeID(t.Successor).Valid() || t.Successor == code {
			return s, nil, wrong("successor", "must be another balai")
		}
		return ledger.MemberOf(ledger.NodeID(code)), &ledger.SucceedBody{Successor: ledger.NodeID(t.Successor)}, nil
	case ledger.Reassign:
		if t.Handoff != "" {
			id, err := ledger.ParseID(t.Handoff)
			if err != nil || t.Case != "" {
				return s, nil, wrong("handoff", "is not the id of a handoff, or a case is named as well")
			}
			return ledger.HandoffOf(id), &ledger.ReassignBody{To: ledger.NodeID(t.To)}, nil
		}
		id, err := ledger.ParseID(t.Case)
		if err != nil {
			return s, nil, wrong("case", "is not the handle of a case in the ledger")
		}
		return ledger.CaseOf(id), &ledger.ReassignBody{To: ledger.NodeID(t.To)}, nil
	case ledger.Switch:
		return s, &ledger.SwitchBody{Version: uint16(t.Version)}, nil
	case ledger.Recover:
		b := &ledger.RecoverBody{Survivor: ledger.NodeID(code), Base: t.Event}
		err := b.BaseHash.UnmarshalText([]byte(t.EventHash))
		return s, b, err
	default:
		return s, nil, wrong("act", "is not one that officers decide")
	}
}
