package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"serasi/node/casework"
)

// Outcomes of a line.
const (
	Done   = "done"
	Denied = "denied" // the permission table, a wrong password, a spent code
)

// Trail is the audit trail of a node: every view, search, change, export and
// denial, as a chain of hashes in which no line can be changed, taken out or
// put in unseen. Its head is to be anchored where this node cannot change it.
//
// The trail says who did what to which id. It holds no content of a case.
type Trail struct {
	Clock func() time.Time // for lines without a time; nil: time.Now
}

// trailHead is the row in Settings that says where the chain ends.
type trailHead struct {
	Count uint64 `json:"count"`
	Hash  string `json:"hash"`
}

const trailHeadID = "audit head"

// Record appends line in tx, so that the act and its line are durable together
// or not at all. Seq, Prev and Hash are set here, and At if it is zero.
func (t Trail) Record(tx casework.Tx, line casework.Line) error {
	var head trailHead
	if _, err := tx.Get(casework.Settings, casework.NodeOwner, trailHeadID, &head); err != nil {
		return fmt.Errorf("audit head: %w", err)
	}
	if line.At.IsZero() {
		line.At = t.now()
	}
	line = tidy(line)
	line.Seq, line.Prev = head.Count+1, head.Hash
	hash, err := digest(line)
	if err != nil {
		return err
	}
	line.Hash = hash
	if err := tx.Put(casework.Audit, casework.NodeOwner, lineID(line.Seq), line); err != nil {
		return fmt.Errorf("audit line: %w", err)
	}
	if err := t.index(tx, line); err != nil {
		return fmt.Errorf("audit line of a case: %w", err)
	}
	head = trailHead{Count: line.Seq, Hash: line.Hash}
	if err := tx.Put(casework.Settings, casework.NodeOwner, trailHeadID, head); err != nil {
		return fmt.Errorf("audit head: %w", err)
	}
	return nil
}

// index files a line under its case. A denied line may name a case that never
// was; it is not filed, because the first row of an owner makes a key for it,
// and guessing ids must not make keys.
func (t Trail) index(tx casework.Tx, line casework.Line) error {
	if line.Case == "" {
		return nil
	}
	if line.Outcome != Done {
		found, err := tx.Get(casework.Cases, string(line.Case), string(line.Case), new(struct{}))
		if err != nil || !found {
			return err
		}
	}
	return tx.Put(casework.AuditByCase, string(line.Case), lineID(line.Seq), struct{}{})
}

// Deny records a refusal in a transaction of its own and returns after it is
// durable, even if ctx has ended: to hang up in time must not leave no trace. It
// is for use cases whose transaction was given up because of the refusal. If it
// fails, the caller answers with that error and nothing else.
func (t Trail) Deny(ctx context.Context, store casework.Store, line casework.Line) error {
	line.Outcome = Denied
	err := store.Update(context.WithoutCancel(ctx), func(tx casework.Tx) error { return t.Record(tx, line) })
	if err != nil {
		return fmt.Errorf("record a denial: %w", err)
	}
	return nil
}

// Head returns how many lines there are and the hash of the last one, "" if
// there is none.
func (t Trail) Head(tx casework.Tx) (count uint64, hash string, err error) {
	var head trailHead
	if _, err := tx.Get(casework.Settings, casework.NodeOwner, trailHeadID, &head); err != nil {
		return 0, "", fmt.Errorf("audit head: %w", err)
	}
	return head.Count, head.Hash, nil
}

func (t Trail) now() time.Time {
	if t.Clock == nil {
		return time.Now()
	}
	return t.Clock()
}

// lineOf is a line about something that by did.
func lineOf(by casework.Actor, act, outcome, why string) casework.Line {
	line := casework.Line{User: by.User, Name: by.Name, Via: by.Via, Token: by.Token, Act: act, Outcome: outcome, Why: why}
	if len(by.Roles) > 0 {
		line.Role = by.Roles[0]
	}
	return line
}

// lineID is the row of line seq: sixteen hex digits sort as numbers do.
func lineID(seq uint64) string { return fmt.Sprintf("%016x", seq) }

// digest is the hash of a line: SHA-256 over the hash before it and the line's
// JSON with an empty hash. Fields of a line may be added later only with
// omitempty, else old lines no longer add up.
func digest(line casework.Line) (string, error) {
	line.Hash = ""
	b, err := json.Marshal(line)
	if err != nil {
		return "", fmt.Errorf("encode audit line %d: %w", line.Seq, err)
	}
	sum := sha256.New()
	sum.Write([]byte(line.Prev))
	sum.Write(b)
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// tidy makes a line that reads back from JSON as it was written: UTC, and no
// bytes that are not text. Without it an odd byte would break the chain. It goes
// by the type of a field, so that a field added later is not forgotten.
func tidy(line casework.Line) casework.Line {
	line.At = line.At.UTC().Round(0)
	fields := reflect.ValueOf(&line).Elem()
	for _, f := range fields.Fields() {
		if f.Kind() == reflect.String {
			f.SetString(strings.ToValidUTF8(f.String(), "\uFFFD"))
		}
	}
	return line
}
