package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"serasi/node/casework"
)

// session is the row of somebody who signed in with a browser. Times are the
// node's, in UTC.
type session struct {
	User   casework.UserID   `json:"user"`
	Era    uint64            `json:"era,omitempty"` // the account's when it began
	Began  time.Time         `json:"began"`
	Seen   time.Time         `json:"seen"` // to the minute
	StepUp time.Time         `json:"stepUp,omitzero"`
	Locked bool              `json:"locked,omitempty"`
	Kept   map[string]string `json:"kept,omitempty"`
}

// theSession is the one value that the library keeps for us in its own.
const theSession = "session"

// newJar returns the library that makes cookies, hashes them for the store and
// finds what lies under one. When a session ends is decided by our own clock. It
// is not made with New, which also starts a goroutine for a store in memory, and
// nobody can stop that one safely.
func newJar() *scs.SessionManager {
	return &scs.SessionManager{HashTokenInStore: true, Store: shelf{}, Codec: plainCodec{}, Lifetime: sessionAtMost}
}

// plainCodec writes a session as JSON.
type plainCodec struct{}

func (plainCodec) Encode(_ time.Time, values map[string]any) ([]byte, error) {
	s, ok := values[theSession].(session)
	if !ok {
		return nil, errors.New("session: nothing to keep")
	}
	return json.Marshal(s)
}

func (plainCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var s session
	if err := json.Unmarshal(b, &s); err != nil {
		return time.Time{}, nil, fmt.Errorf("session: %w", err)
	}
	return s.Began.Add(sessionAtMost), map[string]any{theSession: s}, nil
}

// shelf is the table Sessions as the library wants it. The transaction comes
// with the context, so that reading, changing and writing a session is one.
type shelf struct{}

type txKey struct{}

func withTx(ctx context.Context, tx casework.Tx) context.Context {
	return context.WithValue(ctx, txKey{}, tx)
}

var errNoTx = errors.New("session: no transaction")

func txOf(ctx context.Context) (casework.Tx, error) {
	tx, ok := ctx.Value(txKey{}).(casework.Tx)
	if !ok {
		return nil, errNoTx
	}
	return tx, nil
}

func (shelf) FindCtx(ctx context.Context, hash string) ([]byte, bool, error) {
	tx, err := txOf(ctx)
	if err != nil {
		return nil, false, err
	}
	var row json.RawMessage
	found, err := tx.Get(casework.Sessions, casework.NodeOwner, hash, &row)
	return row, found, err
}

func (shelf) CommitCtx(ctx context.Context, hash string, b []byte, _ time.Time) error {
	tx, err := txOf(ctx)
	if err != nil {
		return err
	}
	return tx.Put(casework.Sessions, casework.NodeOwner, hash, json.RawMessage(b))
}

func (shelf) DeleteCtx(ctx context.Context, hash string) error {
	tx, err := txOf(ctx)
	if err != nil {
		return err
	}
	return tx.Delete(casework.Sessions, casework.NodeOwner, hash)
}

// Without a context there is no transaction; the library never asks like that.
func (shelf) Find(string) ([]byte, bool, error)      { return nil, false, errNoTx }
func (shelf) Commit(string, []byte, time.Time) error { return errNoTx }
func (shelf) Delete(string) error                    { return errNoTx }
