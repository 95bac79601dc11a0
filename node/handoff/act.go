package handoff

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Input is what a person says with an act. Each act uses some of it; the rest
// must be empty.
type Input struct {
	// Text goes sealed to the other side: a question, conditions, advice.
	// Needed for ask and answer, and for a conditional acceptance.
	Text string `json:"text,omitempty"`
	// Form is the handover record (form F8) for receive; see RecordFields.
	Form map[string]string `json:"form,omitempty"`
	// Reason is the code of why, one of Reasons; for decline, redirect,
	// withdraw, cancel and report.
	Reason string `json:"reason,omitempty"`
	// Redirect is the balai that may help instead.
	Redirect casework.BalaiCode `json:"redirect,omitempty"`
	// Expected is when a place on the waiting list may come free.
	Expected time.Time `json:"expected,omitzero"`
	// Conditional says that an acceptance has conditions, which Text names.
	Conditional bool `json:"conditional,omitempty"`
}

// RecordFields are the fields of the handover record (form F8). The first
// RecordNeeded must be filled in when the person is handed over.
var RecordFields = []string{"time", "place", "handedBy", "receivedBy", "condition", "belongings", "documents", "medicines", "notes", "witness"}

// RecordNeeded is how many of RecordFields are required.
const RecordNeeded = 6

// reasons are the codes of why, by act. Their places are the numbers in the
// ledger, from 1 on: only ever add. They betray no diagnosis, because every
// member can read them.
var reasons = map[ledger.Act][]string{
	ledger.Decline: {
		"penuh", "tidak sesuai kapabilitas", "perlu layanan lain dahulu", "berkas", "di luar wilayah", "kriteria penerimaan", "lainnya",
	},
	ledger.Redirect: {
		"penuh", "tidak sesuai kapabilitas", "perlu layanan lain dahulu", "berkas", "di luar wilayah", "kriteria penerimaan", "lainnya",
	},
	ledger.Withdraw: {"salah kirim", "persetujuan ditarik", "rencana berubah", "sudah tertangani", "lainnya"},
	ledger.Cancel:   {"gagal berangkat", "persetujuan ditarik", "rencana berubah", "keadaan berubah", "lainnya"},
	ledger.Report:   {"selesai", "selesai sebagian", "tidak dapat dilayani", "diteruskan", "lainnya"},
}

// Reasons returns the codes that an act may give as its reason; nil if it gives
// none.
func Reasons(act string) []string {
	a, _ := ledger.ParseAct(act)
	return slices.Clone(reasons[a])
}

// reasonWord is the code behind a number in the ledger.
func reasonWord(act ledger.Act, n uint8) string {
	if list := reasons[act]; n > 0 && int(n) <= len(list) {
		return list[n-1]
	}
	if n > 0 {
		return "lainnya" // of a newer program
	}
	return ""
}

// gates says which action of the permission table each act is.
var gates = map[ledger.Act]casework.Action{
	ledger.Answer: casework.Offer, ledger.Withdraw: casework.Offer, ledger.Depart: casework.Offer,
	ledger.Cancel: casework.Offer, ledger.Close: casework.Offer,
	ledger.Accept: casework.Answer, ledger.Wait: casework.Answer, ledger.Ask: casework.Answer, ledger.Decline: casework.Answer,
	ledger.Redirect: casework.Answer, ledger.ConfirmCancel: casework.Answer, ledger.Start: casework.Answer,
	ledger.Hold: casework.Answer, ledger.Report: casework.Answer,
	ledger.Receive: casework.Arrive,
}

// Act takes a step of a handoff in the name of this balai. It is checked against
// what was pulled, written to the outbox, and takes effect when the ledger has
// it: until then the handoff that is returned shows it as Pending.
//
// A receive waits in the outbox until the file is here and checked. A withdraw
// of an offer that was never sent ends it at once.
//
// The error is NotFound, Forbidden, Invalid with the fields, or Conflict if the
// step is not possible now or another one is on its way.
func (d *Desk) Act(ctx context.Context, by casework.Actor, id casework.HandoffID, act string, in Input) (casework.Handoff, error) {
	a, ok := ledger.ParseAct(act)
	gate, mine := gates[a]
	if !ok || !mine {
		return casework.Handoff{}, casework.Invalid.Because("there is no such step of a handoff")
	}
	if err := d.writable(); err != nil {
		return casework.Handoff{}, err
	}
	x := deed{by: by, act: gate, what: act, handoff: id}
	var out casework.Handoff
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		rec, err := needRecord(tx, id)
		if err != nil {
			return err
		}
		x.on = rec.Case
		if err := d.check(tx, by, gate, rec.Case); err != nil {
			return err
		}
		if err := d.queueAct(tx, by, rec, a, in); err != nil {
			return err
		}
		if err := d.record(tx, x, "done"); err != nil {
			return err
		}
		out, err = d.view(tx, by, id)
		return err
	})
	if err != nil {
		return casework.Handoff{}, d.denied(ctx, x, err)
	}
	d.cfg.Point("act.queued")
	return out, nil
}

func (d *Desk) queueAct(tx casework.Tx, by casework.Actor, rec record, a ledger.Act, in Input) error {
	waiting, busy, err := pendingAct(tx, rec.ID)
	if err != nil {
		return err
	}
	row := outRow{
		Queued: casework.Queued{Handoff: rec.ID, Act: a.String(), To: rec.other()}, Handle: rec.Handle,
		Prev: rec.Head, By: by.User, Staff: staff(rec.Salt, by.User), Held: rec.Held,
	}
	switch {
	case a == ledger.Withdraw && rec.Stage == stageQueued && rec.Box == casework.Out:
		return d.takeBack(tx, rec, row, in)
	case busy && waiting.act() == a:
		return casework.Conflict.Because("this is on its way to the ledger already")
	case busy:
		return casework.Conflict.Because("%s is on its way to the ledger; wait for its answer", waiting.Act)
	case !slices.Contains(rec.asLedger().Actions(ledger.NodeID(d.cfg.Self)), a):
		return casework.Conflict.Because("%s is not possible now: the handoff is %s", a, rec.Stage)
	}
	if err := casework.Faulty(in.faults(a, rec)...); err != nil {
		return err
	}
	w := newWord(a.String(), strings.TrimSpace(in.Text), in.Form)
	row.HasWord = w.Text != "" || len(w.Form) > 0
	if err := fits(w); err != nil {
		return err
	}
	if row.Step, err = in.step(a, rec, w); err != nil {
		return err
	}
	if err := d.enqueue(tx, &row); err != nil || !row.HasWord {
		return err
	}
	return d.putWord(tx, row, w)
}

// takeBack withdraws an offer that the ledger has not answered. One that was
// never sent ends here. Of one that was, nobody knows; the withdrawal names it
// as its predecessor and makes it void should it come later. It carries no
// words, because there may be nobody to read them.
func (d *Desk) takeBack(tx casework.Tx, rec record, row outRow, in Input) error {
	rows, err := pendingOf(tx, ofHandoff(rec.ID))
	if err != nil {
		return err
	}
	if err := casework.Faulty(in.faults(ledger.Withdraw, rec)...); err != nil {
		return err
	}
	for _, r := range rows {
		switch {
		case r.act() == ledger.Withdraw:
			return casework.Conflict.Because("this is on its way to the ledger already")
		case r.Offer != nil && !r.stored():
			return d.reject(tx, r, "withdrawn before it was sent")
		case r.Offer != nil:
			row.Prev = r.proposal().Hash()
		}
	}
	if row.Step, err = in.step(ledger.Withdraw, rec, word{}); err != nil {
		return err
	}
	return d.enqueue(tx, &row)
}

// step makes the terms of an act. The record of a handover is named by the
// digest of the words that carry it.
func (in Input) step(a ledger.Act, rec record, w word) (*ledger.StepBody, error) {
	b := &ledger.StepBody{Conditional: in.Conditional, Redirect: ledger.NodeID(in.Redirect)}
	if in.Reason != "" {
		b.Reason = uint8(1 + slices.Index(reasons[a], in.Reason))
	}
	if !in.Expected.IsZero() {
		b.Expected = ledger.At(in.Expected)
	}
	if a == ledger.Receive {
		b.Content = rec.Content
		if len(in.Form) > 0 {
			text, err := json.Marshal(w)
			if err != nil {
				return nil, fmt.Errorf("encode the handover record: %w", err)
			}
			b.Record = sha256.Sum256(text)
		}
	}
	return b, nil
}

// faults returns what is wrong with in for an act on a handoff.
func (in Input) faults(a ledger.Act, rec record) []casework.Fault {
	textNeeded := a == ledger.Ask || a == ledger.Answer || a == ledger.Accept && in.Conditional
	f := faultsOf("text", in.Text, maxText, textNeeded)
	bad := func(field, words string) { f = append(f, casework.Fault{Field: field, Words: words}) }
	codes := reasons[a]
	switch {
	case codes == nil && in.Reason != "":
		bad("reason", "does not go with "+a.String())
	case codes != nil && !slices.Contains(codes, in.Reason):
		bad("reason", "must be one of: "+strings.Join(codes, ", "))
	}
	switch {
	case a != ledger.Redirect && in.Redirect != "":
		bad("redirect", "does not go with "+a.String())
	case a == ledger.Redirect && (!ledger.NodeID(in.Redirect).Valid() || in.Redirect == rec.From || in.Redirect == rec.To):
		bad("redirect", "must be the code of a third balai")
	}
	if a != ledger.Wait && !in.Expected.IsZero() {
		bad("expected", "does not go with "+a.String())
	}
	if a == ledger.Wait && in.Expected.IsZero() {
		bad("expected", "is missing: when may a place come free")
	}
	if a != ledger.Accept && in.Conditional {
		bad("conditional", "does not go with "+a.String())
	}
	return append(f, in.formFaults(a, rec)...)
}

// formFaults checks the handover record.
func (in Input) formFaults(a ledger.Act, rec record) (f []casework.Fault) {
	if a != ledger.Receive {
		if len(in.Form) > 0 {
			f = append(f, casework.Fault{Field: "form", Words: "does not go with " + a.String()})
		}
		return f
	}
	for k, v := range in.Form {
		if !slices.Contains(RecordFields, k) {
			f = append(f, casework.Fault{Field: "form", Words: "has a field that form F8 does not know; it has: " + strings.Join(RecordFields, ", ")})
			continue
		}
		f = append(f, faultsOf("form."+k, v, maxField, false)...)
	}
	for _, k := range RecordFields[:RecordNeeded] {
		if rec.Residential && strings.TrimSpace(in.Form[k]) == "" {
			f = append(f, casework.Fault{Field: "form." + k, Words: "is missing: the person travels and is handed over with a record"})
		}
	}
	return f
}

// faultsOf checks one text that people wrote.
func faultsOf(field, text string, limit int, needed bool) (f []casework.Fault) {
	bad := func(words string) { f = append(f, casework.Fault{Field: field, Words: words}) }
	if needed && strings.TrimSpace(text) == "" {
		bad("is missing")
	}
	if !utf8.ValidString(text) {
		bad("is not valid UTF-8")
	}
	if n := utf8.RuneCountInString(text); n > limit {
		bad("has " + strconv.Itoa(n) + " characters; at most " + strconv.Itoa(limit) + " are possible")
	}
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			bad("has a control character")
			break
		}
	}
	return f
}
