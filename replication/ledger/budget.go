package ledger

import (
	"encoding/binary"
	"time"
)

// DefaultDaily is how many points a member may spend a day if the charter does
// not say. A busy balai spends under two thousand; a hostile one is held to
// about 50 MB of events, or 400 MB of sealed payloads that fade again.
const DefaultDaily = 100_000

// minDaily keeps a council from choosing a budget that nobody can work with.
const minDaily = 1000

// An accepted command costs one point, and sixteen if a sealed payload rides
// along. Refusals cost nothing here: they leave nothing here.
const (
	plainPrice   = 1
	payloadPrice = 16
)

const dayMillis = uint64(24 * time.Hour / time.Millisecond)

// price is what the command costs, in points times the milliseconds of a day,
// so that the debt can shrink by the millisecond in whole numbers.
func (c Command) price() uint64 {
	if c.Payload.IsZero() {
		return plainPrice * dayMillis
	}
	return payloadPrice * dayMillis
}

// debt is what the actor has spent and not yet won back. The whole of a day's
// budget comes back within a day, evenly.
func (x *turn) debt() uint64 {
	b := x.kv.Get(row(rowHeard, []byte(x.cmd.Actor)))
	if len(b) != 16 {
		return 0
	}
	at, debt := binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	back := min(uint64(x.now)-at, dayMillis) * x.realm.daily()
	return debt - min(debt, back)
}

func (r Realm) daily() uint64 {
	if r.Daily == 0 {
		return DefaultDaily
	}
	return uint64(r.Daily)
}

// affords reports whether the actor may say one more thing now.
func (x *turn) affords() bool {
	return x.debt()+x.cmd.price() <= x.realm.daily()*dayMillis
}

// heard notes that the actor has spoken, and what it cost.
func (x *turn) heard() {
	debt := x.debt() + x.cmd.price()
	x.kv.Put(row(rowHeard, []byte(x.cmd.Actor)), append(be(uint64(x.now)), be(debt)...))
}
