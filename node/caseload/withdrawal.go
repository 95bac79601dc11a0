package caseload

import (
	"slices"

	"serasi/node/casework"
)

// withdrawalDays is how long the lead has to tell whoever holds data under a
// consent that was withdrawn (UU 27/2022 art. 40: three times 24 hours).
const withdrawalDays = 3

// tellOfWithdrawal sees to it that whoever got data under c is told. On the way
// to the same balai the withdrawal goes along as an addendum.
func (f *file) tellOfWithdrawal(c casework.Consent) error {
	to := string(c.Recipient) + c.Partner
	if c.Scope != casework.ForSharing || to == "" {
		return nil
	}
	told, holds, err := f.holdsData(c.Recipient)
	if err != nil || told || !holds && c.Partner == "" {
		return err
	}
	if err := f.step(casework.Step{What: casework.ConsentEnded, Other: c.Recipient, Words: c.Partner}); err != nil {
		return err
	}
	due := casework.DayOf(f.now.In(f.cfg.Zone)).Plus(withdrawalDays)
	task := newRecord(f, casework.Task{What: "Beri tahu " + to + ": persetujuan berbagi data ditarik", Kind: casework.DueTask, Due: due, For: f.c.Lead})
	return put(f.tx, casework.Tasks, f.c.ID, string(task.ID), task)
}

// holdsData reports whether a balai is told by a transfer that is under way, and
// whether it holds data of the case at all.
func (f *file) holdsData(balai casework.BalaiCode) (told, holds bool, err error) {
	if balai == "" {
		return false, false, nil
	}
	list, err := handoffsOf(f.tx, f.c.ID)
	if err != nil {
		return false, false, err
	}
	theirs := slices.DeleteFunc(list, func(h casework.Handoff) bool { return h.To != balai && h.From != balai })
	under := f.c.State == casework.OnOffer || f.c.State == casework.Arriving
	told = under && slices.ContainsFunc(theirs, func(h casework.Handoff) bool { return h.ID == f.c.Handoff })
	holds = slices.ContainsFunc(theirs, func(h casework.Handoff) bool { return h.Stage != "queued" && h.Stage != "" })
	return told, holds, nil
}
