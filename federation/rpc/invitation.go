package rpc

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"serasi/federation/link"
)

const (
	invitationPrefix  = "serasi-inv-"
	invitationVersion = 1
	invitationCheck   = 4 // bytes of SHA-256 that notice a slip of the pen
	maxEndpoints      = 8
	maxInvitation     = 1200 // characters
)

// An Invitation is the right to ask to join, handed over on paper, by message
// or on a stick. It holds a secret: whoever has it can use it once, for one
// balai code, until it expires. It never prints its secret.
type Invitation struct {
	Federation [32]byte  // id of the federation, which is the hash of its genesis
	Inviter    string    // balai code of who invites
	Endpoints  []string  // host:port of the inviter, 1 to 8
	Pin        link.Key  // key that the inviter must prove
	Seed       [16]byte  // secret that the one-time key grows from
	Code       string    // balai code of who is invited
	Expires    time.Time // to the minute
}

// NewSeed draws the secret of an invitation.
func NewSeed() (seed [16]byte) {
	_, _ = rand.Read(seed[:]) // never fails, says crypto/rand
	return seed
}

// String keeps the secret out of logs.
func (i Invitation) String() string { return "invitation of " + i.Code + " by " + i.Inviter }

// GoString is String, for %#v.
func (i Invitation) GoString() string { return i.String() }

// Check returns all that is wrong with i.
func (i Invitation) Check() error {
	var errs []error
	for what, id := range map[string]string{"inviter": i.Inviter, "invited": i.Code} {
		if err := link.CheckID(id); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
	}
	if len(i.Endpoints) < 1 || len(i.Endpoints) > maxEndpoints {
		errs = append(errs, fmt.Errorf("an invitation has 1 to %d endpoints", maxEndpoints))
	}
	for _, e := range i.Endpoints {
		if err := link.CheckAddr(e); err != nil {
			errs = append(errs, fmt.Errorf("endpoint: %w", err))
		}
	}
	if m := i.Expires.Unix() / 60; m <= 0 || m > math.MaxUint32 {
		errs = append(errs, errors.New("expiry is missing"))
	}
	return errors.Join(errs...)
}

// Encode writes i as one word of text. Two invitations that say the same have
// the same text.
func (i Invitation) Encode() (string, error) {
	if err := i.Check(); err != nil {
		return "", fmt.Errorf("invitation: %w", err)
	}
	b := append([]byte{invitationVersion}, i.Federation[:]...)
	b = putShort(b, i.Inviter)
	b = append(b, byte(len(i.Endpoints)))
	for _, e := range i.Endpoints {
		b = putShort(b, e)
	}
	b = append(append(b, i.Pin[:]...), i.Seed[:]...)
	b = putShort(b, i.Code)
	b = binary.BigEndian.AppendUint32(b, uint32(i.Expires.Unix()/60))
	sum := sha256.Sum256(b)
	return invitationPrefix + base64.RawURLEncoding.EncodeToString(append(b, sum[:invitationCheck]...)), nil
}

// ParseInvitation reads what Encode wrote. Space around it does not matter; any
// other change is noticed. It does not look at the clock.
func ParseInvitation(text string) (Invitation, error) {
	word, ok := strings.CutPrefix(strings.TrimSpace(text), invitationPrefix)
	if !ok || len(word) > maxInvitation {
		return Invitation{}, Invalid.Because("an invitation begins with %s", invitationPrefix)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(word)
	if err != nil || len(b) < invitationCheck {
		return Invitation{}, Invalid.Because("the invitation is damaged")
	}
	body, check := b[:len(b)-invitationCheck], b[len(b)-invitationCheck:]
	if sum := sha256.Sum256(body); string(sum[:invitationCheck]) != string(check) {
		return Invitation{}, Invalid.Because("the invitation is damaged or not complete")
	}
	r := reader{rest: body}
	var i Invitation
	if r.byte() != invitationVersion {
		return Invitation{}, Invalid.Because("the invitation is of another version")
	}
	r.fill(i.Federation[:])
	i.Inviter = r.short()
	for range min(r.byte(), maxEndpoints+1) {
		i.Endpoints = append(i.Endpoints, r.short())
	}
	r.fill(i.Pin[:])
	r.fill(i.Seed[:])
	i.Code = r.short()
	i.Expires = time.Unix(int64(r.uint32())*60, 0).UTC()
	if !r.done() || i.Check() != nil {
		return Invitation{}, Invalid.Because("the invitation makes no sense")
	}
	return i, nil
}

// Key is the public half of the one-time key. The federation stores it, and
// never the seed.
func (i Invitation) Key() [ed25519.PublicKeySize]byte {
	return [ed25519.PublicKeySize]byte(i.oneTimeKey().Public().(ed25519.PublicKey))
}

func (i Invitation) oneTimeKey() ed25519.PrivateKey {
	seed, err := hkdf.Key(sha256.New, i.Seed[:], i.Federation[:], "SERASI invitation key v1", ed25519.SeedSize)
	if err != nil { // only a longer key than SHA-256 gives, or FIPS mode with a short secret
		panic(fmt.Sprintf("derive an invitation key: %v", err))
	}
	return ed25519.NewKeyFromSeed(seed)
}
