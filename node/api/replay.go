package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"serasi/node/casework"
)

// A write that names an Idempotency-Key is done once a day and account. Its key
// is reserved durably before it runs, and the answer is stored after. What
// stands between the two is told apart like this:
//
//   - the write was refused, so that nothing has changed: the key is free again;
//   - it succeeded: the same request gets the stored answer, another one with
//     the same key a refusal;
//   - it still runs: 409, come back;
//   - this process ended in between, or a fault of ours hides what happened:
//     409 for the rest of the day. Nobody knows, so nothing is done again;
//     whoever asks must look, and may then use a new key.

const (
	keyHeader    = "Idempotency-Key"
	replayHeader = "Idempotency-Replayed"
	maxKey       = 200
	keptFor      = 24 * time.Hour
	maxKept      = 4 << 20 // bytes of one answer; longer ones are only noted
)

// States of a replay. They are stored.
const (
	isRunning = "running"
	isDone    = "done"
	isUnknown = "unknown"
)

// replay is a row of Replays.
type replay struct {
	State  string      `json:"state"`
	Boot   string      `json:"boot"` // the process that runs it
	At     time.Time   `json:"at"`
	Route  string      `json:"route"`
	Digest string      `json:"digest"` // of the request
	Shown  bool        `json:"shown"`  // done, and the answer is not to be kept
	Status int         `json:"status"`
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`
}

// replayed runs next under the key of r.
func (a *API) replayed(w http.ResponseWriter, r *http.Request, ex *exchange, next http.Handler) {
	key := r.Header.Values(keyHeader)
	if len(key) != 1 || !goodKey(key[0]) {
		a.fail(w, ex, fault("header."+keyHeader, "must be one key of 1 to 200 printable characters"))
		return
	}
	id := rowID(ex.by.User, key[0])
	old, found, err := a.reserve(r.Context(), id, ex.op.pattern())
	switch {
	case err != nil:
		a.fail(w, ex, a.refuse(ex, fmt.Errorf("reserve an idempotency key: %w", err)))
		return
	case found:
		a.again(w, r, ex, old)
		return
	}
	// Whoever hangs up must not turn a write half done into one nobody knows.
	ctx := context.WithoutCancel(r.Context())
	sum := sha256.New()
	r = r.WithContext(ctx)
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r.Body, sum), r.Body}
	ex.body = r.Body
	kept := &answerKeeper{under: w, header: w.Header()}
	settled := false
	defer func() { // also if next panics
		if !settled {
			a.settle(ctx, id, replay{State: isUnknown, Route: ex.op.pattern()})
		}
	}()
	next.ServeHTTP(kept, r)
	_, _ = io.Copy(io.Discard, r.Body) // so that sum covers all of it
	settled = true
	a.settle(ctx, id, kept.replay(ex, requestDigest(r, ex.digest, sum.Sum(nil))))
	kept.send(w)
}

func goodKey(key string) bool {
	return key != "" && len(key) <= maxKey && strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func rowID(user casework.UserID, key string) string {
	sum := sha256.Sum256([]byte(string(user) + "\x00" + key))
	return hex.EncodeToString(sum[:16])
}

// reserve takes the key, or returns what is known of it.
func (a *API) reserve(ctx context.Context, id, route string) (old replay, found bool, err error) {
	if err := a.sweepIfDue(ctx); err != nil {
		return old, false, err
	}
	err = a.cfg.Replays.Update(ctx, func(tx casework.Tx) error {
		found, err = tx.Get(casework.Replays, casework.NodeOwner, id, &old)
		if err != nil {
			return err
		}
		if found = found && !a.expired(old); found {
			return nil
		}
		return tx.Put(casework.Replays, casework.NodeOwner, id, replay{State: isRunning, Boot: a.boot, At: a.cfg.Clock(), Route: route})
	})
	return old, found, err
}

func (a *API) expired(r replay) bool { return a.cfg.Clock().Sub(r.At) >= keptFor }

// settle stores what became of a key; a refused write frees it. If even that
// cannot be stored, the row stays as running, which is safe.
func (a *API) settle(ctx context.Context, id string, r replay) {
	err := a.cfg.Replays.Update(ctx, func(tx casework.Tx) error {
		if r.State == "" {
			return tx.Delete(casework.Replays, casework.NodeOwner, id)
		}
		r.Boot, r.At = a.boot, a.cfg.Clock()
		return tx.Put(casework.Replays, casework.NodeOwner, id, r)
	})
	if err != nil {
		a.cfg.Log.Error("the answer for an idempotency key was not stored", "route", r.Route, "err", err)
	}
}

// again answers a request whose key is known.
func (a *API) again(w http.ResponseWriter, r *http.Request, ex *exchange, old replay) {
	switch {
	case old.State == isRunning && old.Boot == a.boot:
		a.fail(w, ex, httpProblem(http.StatusConflict, "the first request with this key still runs").with("Retry-After", "1"))
		return
	case old.State != isDone:
		p := httpProblem(http.StatusConflict, "nobody knows whether the first request with this key was done: look, and use a new key if it was not")
		a.fail(w, ex, p.with("Location", r.URL.EscapedPath()))
		return
	}
	sum, err := bodyDigest(r)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		a.fail(w, ex, httpProblem(http.StatusRequestEntityTooLarge, "the body is too large"))
	case err != nil:
		a.fail(w, ex, httpProblem(http.StatusBadRequest, "the body cannot be read"))
	case old.Route != ex.op.pattern() || old.Digest != requestDigest(r, sum, sum):
		a.fail(w, ex, fault("header."+keyHeader, "was used for another request; use a new key for each thing you want done"))
	case old.Shown:
		a.fail(w, ex, httpProblem(http.StatusConflict, "this was done with this key already, and its answer is shown only once"))
	default:
		w.Header().Set(replayHeader, "true")
		(&answerKeeper{header: old.Header, status: old.Status, body: *bytes.NewBuffer(old.Body)}).send(w)
	}
}

// bodyDigest is the digest of a body that nobody else reads.
func bodyDigest(r *http.Request) ([]byte, error) {
	boundary, isForm := formBoundary(r.Header.Get("Content-Type"))
	if !isForm {
		sum := sha256.New()
		_, err := io.Copy(sum, r.Body)
		return sum.Sum(nil), err
	}
	form, sum := multipart.NewReader(r.Body, boundary), newFormSum()
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return sum.end(), nil
		}
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(io.Discard, sum.file(part.FormName(), part)); err != nil {
			return nil, err
		}
	}
}

// requestDigest covers all of a request that decides what is done.
func requestDigest(r *http.Request, form, raw []byte) string {
	body := raw
	if _, isForm := formBoundary(r.Header.Get("Content-Type")); isForm {
		body = form
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%s\n%q\n%x", r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("If-Match"), body)
	return hex.EncodeToString(sum.Sum(nil))
}

// answerKeeper holds an answer back until it is stored.
type answerKeeper struct {
	under  http.ResponseWriter // for deadlines only
	header http.Header
	status int
	body   bytes.Buffer
}

// Unwrap lets deadlines through.
func (k *answerKeeper) Unwrap() http.ResponseWriter { return k.under }

func (k *answerKeeper) Header() http.Header { return k.header }

func (k *answerKeeper) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *answerKeeper) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}

// replay is the row that k becomes; without a state if the key is free again.
func (k *answerKeeper) replay(ex *exchange, digest string) replay {
	r := replay{Route: ex.op.pattern(), Digest: digest, Status: k.status}
	switch {
	case !ex.ran || ex.refused:
		return replay{Route: r.Route}
	case k.status >= http.StatusMultipleChoices:
		r.State = isUnknown
	case ex.op.secret || k.body.Len() > maxKept:
		r.State, r.Shown = isDone, true
	default:
		r.State, r.Body, r.Header = isDone, k.body.Bytes(), http.Header{}
		for _, name := range []string{"Content-Type", "Location", "Etag"} {
			if v := k.header.Values(name); len(v) > 0 {
				r.Header[name] = v
			}
		}
	}
	return r
}

func (k *answerKeeper) send(w http.ResponseWriter) {
	for name, v := range k.header {
		w.Header()[name] = v
	}
	if k.status == 0 {
		k.status = http.StatusOK
	}
	w.WriteHeader(k.status)
	_, _ = w.Write(k.body.Bytes()) // a caller that has gone can ask again
}
