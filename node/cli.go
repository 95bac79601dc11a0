package node

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/node/store"
	"serasi/node/vault"
	"serasi/replication"
)

// The words of the people's port, for programs that speak to it and need not
// know the rooms behind it.
type (
	Case        = casework.Case
	Person      = casework.Person
	Claim       = casework.Claim
	Card        = casework.Card
	Overview    = casework.Overview
	Note        = casework.Note
	Document    = casework.Document
	Consent     = casework.Consent
	Warning     = casework.Warning
	Handoff     = casework.Handoff
	Queued      = casework.Queued
	Line        = casework.Line
	Custody     = casework.Custody
	Event       = api.Event
	Head        = api.Head
	Member      = api.Member
	Invitation  = api.Invitation
	BalaiCode   = casework.BalaiCode
	Motion      = api.Motion
	Matter      = api.Matter
	MotionTerms = api.MotionTerms
	Effect      = api.Effect
	Quorum      = api.Quorum
	Realm       = api.Realm
	Estate      = api.Estate
	Membership  = api.Membership
	Signature   = api.Signature
	Decision    = api.Decision
	Status      = api.Status
	Health      = api.Health
	Checkup     = casework.Checkup
	Ailment     = casework.Ailment
	Language    = casework.Language
	User        = api.User
	Token       = api.Token
	Problem     = api.Problem
)

// What a checkup says of a node and of what ails it.
const (
	CutOff = casework.CutOff
	Grave  = casework.Grave
)

// A Page is one page of a list.
type Page[T any] = casework.Page[T]

// ParseProfile returns the profile with that name, lan or wan.
func ParseProfile(name string) (replication.Profile, error) {
	p := replication.Profile(name)
	if p != replication.LAN && p != replication.WAN {
		return "", errors.New("profile must be lan or wan")
	}
	return p, nil
}

// NewRootKey writes a new root key for Config.Key "file:PATH". One that is there
// already stays as it is, and that is no error.
func NewRootKey(path string) error {
	if err := vault.NewFile(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// NewRecoveryKey draws the key that opens backups: the recipient they are made
// for, and the identity that belongs on paper in the safe.
func NewRecoveryKey() (recipient, identity string, err error) { return store.RecoveryKey() }

// Rehearsal is the tuning of nodes that only play: a newcomer may vote soon,
// gossip is quick, and password hashes are cheap (19 MiB, the least that OWASP
// advises). The root key may lie in a file.
func Rehearsal() Tuning {
	return Tuning{
		PromoteAfter: 2 * time.Second, GossipInterval: 200 * time.Millisecond, LetAnybodyKey: true, NoSecondFactor: true,
		Password: access.Cost{Time: 2, Memory: 19 << 10, Threads: 1},
	}
}

// Explain returns what a person may read of an error of this package, with the
// fields at fault, if it has such words.
func Explain(language string, err error) (words string, fields map[string]string) {
	kind, words := casework.Say(casework.Language(language), err)
	if kind == casework.Internal {
		return "", nil
	}
	fields = map[string]string{}
	for _, f := range casework.SayFaults(casework.Language(language), err) {
		fields[f.Field] = f.Words
	}
	return words, fields
}

// SignMotion signs a motion that CheckMotion lets pass.
func (o OfficerKey) SignMotion(m Motion) (Signature, error) {
	if err := CheckMotion(m); err != nil {
		return Signature{}, err
	}
	officer, sig := o.Sign(m.Bytes)
	return Signature{Officer: officer, Signature: sig}, nil
}

const officerPublic = "serasi-officer-public-1:"

// PublicText is what an officer gives to whoever founds a federation: one line.
func (o OfficerKey) PublicText() string { return officerPublic + hex.EncodeToString(o.Public()) }

// ParseOfficerPublic reads what PublicText wrote.
func ParseOfficerPublic(text string) ([]byte, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), officerPublic)
	key, err := hex.DecodeString(rest)
	if !ok || err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("this is not the public key of an officer; it begins with %s", officerPublic)
	}
	return key, nil
}

// VerifyLedger replays the ledger in a data folder, whether its node runs or
// not, and returns how far it goes. The error says what is not true about it.
func VerifyLedger(dir string) (Head, error) {
	h, err := replication.Verify(dir)
	if err != nil {
		return Head{}, fmt.Errorf("verify the ledger: %w", err)
	}
	return Head{Index: h.Events, Hash: h.Head.String(), Federation: h.Federation.String()}, nil
}
