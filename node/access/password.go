package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"serasi/node/casework"
)

// Cost is what one argon2id hash costs. It is stored with each hash, so that it
// can be raised later.
type Cost struct {
	Time    uint32 // rounds
	Memory  uint32 // KiB
	Threads uint8
}

// DefaultCost takes 64 MiB and about a third of a second on a small server.
var DefaultCost = Cost{Time: 3, Memory: 64 << 10, Threads: 2}

// check bounds what a stored hash may ask for: a damaged row must not take all
// memory.
func (c Cost) check() error {
	if c.Time < 1 || c.Time > 16 || c.Memory < 8 || c.Memory > 1<<20 || c.Threads < 1 || c.Threads > 16 {
		return errors.New("cost of a password hash is out of bounds: 1 to 16 rounds, 8 KiB to 1 GiB, 1 to 16 threads")
	}
	return nil
}

// hashed is a stored password.
type hashed struct {
	cost      Cost
	salt, sum []byte
}

const (
	saltLen = 16
	sumLen  = 32
)

// String writes h in the usual form, $argon2id$v=19$m=65536,t=3,p=2$salt$sum.
func (h hashed) String() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, h.cost.Memory, h.cost.Time, h.cost.Threads, b64(h.salt), b64(h.sum))
}

var errHash = errors.New("not a password hash of ours")

// parseHash reads what String wrote and nothing else.
func parseHash(s string) (hashed, error) {
	parts := strings.Split(s, "$")
	if len(s) > 256 || len(parts) != 6 {
		return hashed{}, errHash
	}
	var h hashed
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.cost.Memory, &h.cost.Time, &h.cost.Threads); err != nil {
		return hashed{}, errHash
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.DecodeString(parts[4])
	h.sum, err2 = base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil || len(h.salt) != saltLen || len(h.sum) != sumLen || h.String() != s {
		return hashed{}, errHash
	}
	return h, h.cost.check()
}

// passwords hashes passwords, few at once: each hash takes as much memory as it
// says, and a crowd at the door must not take all of it.
type passwords struct {
	cost  Cost
	room  chan struct{}
	decoy hashed // stands in for accounts that do not exist; matches no password
}

func newPasswords(cost Cost, atOnce int) *passwords {
	p := &passwords{cost: cost, room: make(chan struct{}, atOnce)}
	p.decoy = hashed{cost: cost, salt: random(saltLen), sum: random(sumLen)}
	return p
}

// hash returns what to store of a password.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	h := hashed{cost: p.cost, salt: random(saltLen)}
	sum, err := p.sum(ctx, password, h)
	h.sum = sum
	return h.String(), err
}

// matches compares a password with what was stored of one. With nothing stored
// it takes just as long and says no.
func (p *passwords) matches(ctx context.Context, password, stored string) (bool, error) {
	h := p.decoy
	if stored != "" {
		var err error
		if h, err = parseHash(stored); err != nil {
			return false, fmt.Errorf("stored password: %w", err)
		}
	}
	sum, err := p.sum(ctx, password, h)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, h.sum) == 1 && stored != "", nil
}

func (p *passwords) sum(ctx context.Context, password string, h hashed) ([]byte, error) {
	busy := casework.Unavailable.Because("too many people are signing in; try again in a moment")
	if ctx.Err() != nil {
		return nil, busy
	}
	select {
	case p.room <- struct{}{}:
	case <-ctx.Done():
		return nil, busy
	}
	defer func() { <-p.room }()
	return argon2.IDKey([]byte(password), h.salt, h.cost.Time, h.cost.Memory, h.cost.Threads, sumLen), nil
}

// random returns n random bytes.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
