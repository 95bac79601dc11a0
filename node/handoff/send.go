package handoff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

const lanes = 8 // destinations served at once

// sender brings the rows of the outbox to the ledger: one lane a destination,
// in order within a handoff.
type sender struct {
	*Desk
	bell chan struct{}

	mu    sync.Mutex         // guards tries
	tries map[string]attempt // by id of the row; of rows that wait
}

// attempt is what became of sending one row so far.
type attempt struct {
	n        int
	next     time.Time
	waits    string // what it waits for, in words
	answered bool   // the ledger has it; the pull will close the row
	lost     bool   // the last try got no answer
}

func newSender(d *Desk) *sender {
	return &sender{Desk: d, bell: make(chan struct{}, 1), tries: map[string]attempt{}}
}

func (s *sender) kick() { ring(s.bell) }

func (s *sender) attempt(id string) attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries[id]
}

func (s *sender) note(id string, a attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries[id] = a
}

func (s *sender) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tries, id)
}

// hurry lets rows whose last try got no answer go now: the ledger was heard. With
// all, those too that wait for something else.
func (s *sender) hurry(all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, a := range s.tries {
		if (a.lost || all) && !a.answered {
			a.next = time.Time{}
			s.tries[id] = a
		}
	}
}

// loop sends what is due until ctx ends.
func (s *sender) loop(ctx context.Context, rung <-chan struct{}) {
	for {
		next, err := s.pass(ctx)
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("the outbox cannot be read", "err", err)
		}
		timer := time.NewTimer(min(max(next, time.Millisecond), s.cfg.MaxBackoff))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-s.bell:
		case <-rung:
			s.hurry(false)
		case <-timer.C:
		}
		timer.Stop()
	}
}

// pass tries each row that is due once and returns after how long the next one
// is.
func (s *sender) pass(ctx context.Context) (time.Duration, error) {
	if s.diverged.Load() || s.restored.Load() {
		return s.cfg.Poll, nil
	}
	var rows []outRow
	err := s.cfg.Store.View(func(tx casework.Tx) (err error) {
		rows, err = pendingOf(tx, func(r outRow) bool { return r.State == Pending })
		return err
	})
	if err != nil {
		return s.cfg.Poll, err
	}
	byLane := map[casework.BalaiCode][]outRow{}
	for _, r := range firstInLine(rows) {
		byLane[r.To] = append(byLane[r.To], r)
	}
	s.drain(ctx, byLane)
	return s.untilNext(rows), nil
}

func (s *sender) drain(ctx context.Context, byLane map[casework.BalaiCode][]outRow) {
	free := make(chan struct{}, lanes)
	var all sync.WaitGroup
	for _, lane := range byLane {
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			for _, r := range lane {
				if a := s.attempt(r.ID); ctx.Err() == nil && !a.answered && !time.Now().Before(a.next) {
					s.try(ctx, r)
				}
			}
		})
	}
	all.Wait()
}

// firstInLine leaves of each handoff the first row only, and of those about this
// balai itself likewise. A withdrawal overtakes the offer it takes back: it makes
// void an offer of which nobody knows whether the ledger has it.
func firstInLine(rows []outRow) (first []outRow) {
	at := map[casework.HandoffID]int{}
	for _, r := range rows {
		i, taken := at[r.Handoff]
		switch {
		case !taken:
			at[r.Handoff] = len(first)
			first = append(first, r)
		case r.act() == ledger.Withdraw && first[i].Offer != nil:
			first[i] = r
		}
	}
	return first
}

// untilNext is how long nothing is due.
func (s *sender) untilNext(rows []outRow) time.Duration {
	wait := s.cfg.MaxBackoff
	for _, r := range firstInLine(rows) {
		if a := s.attempt(r.ID); !a.answered && !a.next.IsZero() {
			wait = min(wait, time.Until(a.next))
		} else if a.answered {
			wait = min(wait, s.cfg.Poll) // the pull closes it soon, and the next in line may go
		}
	}
	return wait
}

// try sends one row: sealed and signed if it is not yet, and from then on the
// same bytes.
func (s *sender) try(ctx context.Context, r outRow) {
	r, waits, err := s.ready(ctx, r)
	if err != nil || waits != "" {
		s.later(r, waits, err)
		return
	}
	s.cfg.Point("outbox.before-send")
	within, cancel := context.WithTimeout(ctx, s.cfg.AnswerWithin)
	end := s.cfg.Step(r.Handoff, "propose "+r.act().String())
	res, err := s.cfg.Ledger.Propose(within, r.proposal())
	end(err)
	cancel()
	s.cfg.Point("outbox.after-send")
	switch {
	case err != nil:
		s.later(r, "", err)
	case res.Refused == ledger.NotRefused:
		a := s.attempt(r.ID)
		a.n, a.answered, a.lost, a.waits = a.n+1, true, false, ""
		s.note(r.ID, a)
	default:
		s.refused(ctx, r, res.Refused)
	}
}

// later puts a row off: an error means that nobody knows, words that something
// is to come first.
func (s *sender) later(r outRow, waits string, err error) {
	a := s.attempt(r.ID)
	a.n++
	a.waits, a.lost = waits, err != nil
	if err != nil {
		a.waits = "there is no answer from the ledger yet"
		s.cfg.Log.Debug("a command waits", "row", r.ID, "act", r.Act, "tries", a.n, "err", err)
	}
	wait := s.cfg.MaxBackoff
	if a.n < 20 {
		wait = min(wait, s.cfg.Backoff<<(a.n-1))
	}
	a.next = time.Now().Add(wait/2 + rand.N(wait/2+1))
	s.note(r.ID, a)
}

// refused does what a refusal asks for.
func (s *sender) refused(ctx context.Context, r outRow, why ledger.Reason) {
	what := remedyFor(r, why)
	if what == again {
		s.later(r, wordsFor(why), nil)
		return
	}
	if what == giveUp && why == ledger.MovedOn && !s.sawMove(r) {
		s.later(r, notPulled, nil)
		return
	}
	s.cfg.Log.Info("the ledger refused a command", "row", r.ID, "act", r.Act, "handoff", r.Handoff, "why", why)
	err := s.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		now, waiting, err := loadOut(tx, r.ID)
		if err != nil || !waiting || now.Command != r.Command {
			return err // the pull was quicker
		}
		switch what {
		case anew:
			now.forget()
			now.Tries++
			return putOut(tx, now)
		case needless:
			return s.end(tx, now, Rejected, "it was recorded already", 0)
		default:
			return s.reject(tx, now, wordsFor(why))
		}
	})
	if err != nil {
		s.later(r, "", err)
		return
	}
	if what == anew {
		s.later(r, "it is sealed and signed again", nil)
	}
	s.kick() // the next in line may go
}

// sawMove reports whether this node has pulled what was quicker than r. Before
// that a person who is told to look again would see nothing new.
func (s *sender) sawMove(r outRow) (saw bool) {
	err := s.cfg.Store.View(func(tx casework.Tx) error {
		rec, found, err := loadRecord(tx, r.Handoff)
		saw = !found || rec.Stage != stageQueued && rec.Head != r.Prev
		return err
	})
	return err == nil && saw
}

// ready returns r with bytes to send, or words for what it waits for.
func (s *sender) ready(ctx context.Context, r outRow) (outRow, string, error) {
	if r.stored() {
		return r, "", nil
	}
	var w word
	err := s.cfg.Store.View(func(tx casework.Tx) (err error) {
		if r.act() == ledger.Receive {
			rec, err := needRecord(tx, r.Handoff)
			if err != nil || rec.Packet != packetHere {
				return errors.Join(errNotHere, err)
			}
		}
		if r.Offer != nil {
			rec, err := needRecord(tx, r.Handoff)
			if err != nil {
				return err
			}
			return s.mayShare(tx, rec.Basis, rec.Case, rec.To)
		}
		w, err = loadWord(tx, r)
		return err
	})
	switch {
	case errors.Is(err, errNotHere):
		return r, "the file is still on its way here", nil
	case errors.Is(err, casework.Invalid): // withdrawn consents stop what was not sent
		return r, "the consent to share this case was withdrawn; withdraw the offer, or record another", nil
	}
	if err != nil {
		return r, "", err
	}
	cmd, waits, err := s.command(&r, w)
	if err != nil || waits != "" {
		return r, waits, err
	}
	signed, err := s.cfg.Sign(cmd)
	if err != nil {
		return r, "", fmt.Errorf("sign %s: %w", r.Act, err)
	}
	r.Command, r.Bytes, r.Sig = cmd.ID, signed.Bytes, signed.Sig
	s.cfg.Point("outbox.before-store")
	err = s.cfg.Store.Update(ctx, func(tx casework.Tx) error { return s.storeBytes(tx, r) })
	s.cfg.Point("outbox.stored")
	return r, "", err
}

var errNotHere = errors.New("handoff: the packet is not here")

// errTaken means that a row changed while its bytes were made.
var errTaken = errors.New("handoff: the outbox row has changed")

// storeBytes keeps the bytes of a command before they are first sent. Of an
// offer it also keeps what its packet will be sealed to.
func (s *sender) storeBytes(tx casework.Tx, r outRow) error {
	now, waiting, err := loadOut(tx, r.ID)
	if err != nil {
		return err
	}
	if !waiting || now.stored() || now.State != Pending {
		return errTaken
	}
	if err := putOut(tx, r); err != nil || r.Offer == nil {
		return err
	}
	rec, err := needRecord(tx, r.Handoff)
	if err != nil {
		return err
	}
	rec.SealedTo, rec.SealKey, rec.PeerRaft = r.SealedTo, r.Offer.SealKey, r.PeerRaft
	return putRecord(tx, rec)
}

// command makes the command of a row, with its payload sealed to the key that
// is in force now.
func (s *sender) command(r *outRow, w word) (ledger.Command, string, error) {
	id, err := ledger.ParseID(s.cfg.NewID())
	if err != nil {
		return ledger.Command{}, "", fmt.Errorf("make a command id: %w", err)
	}
	cmd := ledger.Command{ID: id, Act: r.act(), Prev: r.Prev, Staff: r.Staff, Minute: s.now().Unix() / 60}
	switch {
	case r.Rotate != nil, r.Anchor != nil:
		return s.ownCommand(cmd, r)
	case r.Receipt:
		return s.receipt(cmd, r)
	}
	hid, err := ledger.ParseID(string(r.Handoff))
	if err != nil {
		return cmd, "", fmt.Errorf("handoff id: %w", err)
	}
	cmd.Subject = ledger.HandoffOf(hid)
	var text any = w
	part := r.Act
	if r.Offer != nil {
		part = partSummary
		if text, err = s.summaryOf(*r); err != nil {
			return cmd, "", err
		}
	} else if cmd.Body = r.Step; !r.HasWord {
		return cmd, "", nil
	}
	to, ok, err := s.member(r.To)
	if err != nil {
		return cmd, "", err
	}
	if !ok || len(to.Seal) == 0 {
		return cmd, "the other balai has published no key yet", nil
	}
	at := place{Federation: s.cfg.Federation, Handoff: hid, From: ledger.NodeID(s.cfg.Self), To: to.Code, Part: part}
	if r.Payload, err = sealText(text, to.Seal, at); err != nil {
		return cmd, "", err
	}
	r.SealedTo, r.PeerRaft = to.Seal, to.Raft
	cmd.Payload = sha256.Sum256(r.Payload)
	if r.Offer != nil {
		r.Offer.SealKey = to.SealKey()
		cmd.Body = r.Offer
		return cmd, "", nil
	}
	r.Step.SealKey = to.SealKey()
	return cmd, "", nil
}

// summaryOf returns what goes sealed beside an offer.
func (s *sender) summaryOf(r outRow) (sum casework.Summary, err error) {
	err = s.cfg.Store.View(func(tx casework.Tx) error {
		rec, err := needRecord(tx, r.Handoff)
		if err != nil {
			return err
		}
		p, err := loadParcel(tx, rec)
		if err != nil {
			return err
		}
		if p.Summary == nil {
			return fmt.Errorf("handoff %s has no summary", r.Handoff)
		}
		sum = *p.Summary
		return nil
	})
	return sum, err
}

// ownCommand is about this balai itself. It follows the head, because nobody
// decided anything by it.
func (s *sender) ownCommand(cmd ledger.Command, r *outRow) (ledger.Command, string, error) {
	cmd.Subject = ledger.MemberOf(ledger.NodeID(s.cfg.Self))
	if cmd.Body = r.Anchor; r.Anchor == nil {
		cmd.Body = r.Rotate
	}
	err := s.cfg.Ledger.View(func(v ledger.View) error {
		cmd.Prev = v.HeadFor(cmd.Act, cmd.Subject)
		return nil
	})
	return cmd, "", err
}

// receipt follows the head likewise.
func (s *sender) receipt(cmd ledger.Command, r *outRow) (ledger.Command, string, error) {
	hid, err := ledger.ParseID(string(r.Handoff))
	if err != nil {
		return cmd, "", fmt.Errorf("handoff id: %w", err)
	}
	cmd.Subject, cmd.Body = ledger.HandoffOf(hid), &ledger.StepBody{}
	err = s.cfg.Ledger.View(func(v ledger.View) error {
		cmd.Prev = v.HeadFor(cmd.Act, cmd.Subject)
		return nil
	})
	return cmd, "", err
}

// staff is the pseudonym of a person within one handoff.
func staff(salt string, by casework.UserID) (s ledger.Staff) {
	raw, _ := hex.DecodeString(salt)
	sum := sha256.Sum256(append(raw, by...))
	copy(s[:], sum[:])
	return s
}
