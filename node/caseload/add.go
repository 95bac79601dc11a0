package caseload

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"

	"serasi/node/casework"
)

// media are the kinds of content a document may have. All of them are told by
// their first bytes and none can run anything in a browser.
var media = []string{"application/pdf", "image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "text/plain", "video/mp4", "audio/mpeg"}

// entry is how something may be added to a case.
type entry struct {
	addendum bool
	under    casework.HandoffID // the transfer under way, if any
	epoch    uint64
}

// addition tells how something may be added to c now. While the case is on its
// way, or the ledger does not let this balai edit it, only an addendum may be.
// On an open case an addendum is an ordinary entry.
func (cs *Cases) addition(c casework.Case, addendum bool) (entry, error) {
	err := c.Editable()
	switch {
	case err == nil:
		if err = cs.lets(c); err == nil {
			return entry{}, nil
		}
		if addendum {
			return entry{addendum: true, epoch: c.Epoch}, nil
		}
	case errors.Is(err, casework.Frozen) && addendum:
		return entry{addendum: true, under: c.Handoff, epoch: c.Epoch}, nil
	}
	return entry{}, err
}

// AddNote adds a note to a case. Kind and Text are the caller's, At is if it is
// given, and Addendum says that the caller knows the case is on its way.
//
// The error is Frozen if the case is on offer or arriving and n is no addendum,
// Conflict if it is closed or elsewhere, Invalid, Forbidden or NotFound.
func (cs *Cases) AddNote(ctx context.Context, by casework.Actor, id casework.CaseID, n casework.Note) (casework.Note, error) {
	now := cs.now()
	n.ID, n.Case, n.Written, n.By, n.Balai, n.Version = casework.NoteID(cs.cfg.NewID()), id, now, by.User, cs.cfg.Balai, 1
	if n.At.IsZero() {
		n.At = now
	}
	faults := n.Check()
	if n.At.After(now.Add(clockSlack)) {
		faults = append(faults, casework.Fault{Field: "at", Words: "is in the future"})
	}
	if err := casework.Faulty(faults...); err != nil {
		return casework.Note{}, err
	}
	err := cs.write(ctx, deed{by, casework.AddToCase, ofNotes}, id, func(f *file) error {
		how, err := cs.addition(f.c, n.Addendum)
		if err != nil {
			return err
		}
		n.Addendum, n.Handoff, n.Epoch = how.addendum, how.under, how.epoch
		if err := put(f.tx, casework.Notes, id, string(n.ID), n); err != nil {
			return err
		}
		return f.save(true)
	})
	if err != nil {
		return casework.Note{}, err
	}
	return n, nil
}

// AddDocument adds a document with the content of r, at most MaxDocument bytes.
// Kind, Title and Addendum are the caller's; Media is too, and must be what the
// content looks like if it is given. The content is durable before the row is.
//
// The errors are those of AddNote.
func (cs *Cases) AddDocument(ctx context.Context, by casework.Actor, id casework.CaseID, d casework.Document, r io.Reader) (casework.Document, error) {
	doc, err := cs.addDocument(ctx, deed{by, casework.AddToCase, ofDocuments}, id, d, r)
	if err != nil {
		return casework.Document{}, err
	}
	return doc, nil
}

func (cs *Cases) addDocument(ctx context.Context, what deed, id casework.CaseID, d casework.Document, r io.Reader) (casework.Document, error) {
	d.ID, d.Case, d.At, d.By, d.Balai = casework.DocumentID(cs.cfg.NewID()), id, cs.now(), what.by.User, cs.cfg.Balai
	d.Size, d.Digest = 0, ""
	// What cannot be added must not be received either: ask before the upload.
	if err := cs.mayAdd(ctx, what, id, d.Addendum); err != nil {
		return d, err
	}
	body := bufio.NewReaderSize(r, 512)
	found, err := sniff(body, d.Media)
	if err != nil {
		return d, err
	}
	d.Media = found
	if err := casework.Faulty(d.Check()...); err != nil {
		return d, err
	}
	if d.Blob, d.Size, d.Digest, err = cs.cfg.Blobs.PutBlob(ctx, string(id), &capped{r: body, left: casework.MaxDocument}); err != nil {
		return d, err
	}
	err = cs.write(ctx, what, id, func(f *file) error {
		how, err := cs.addition(f.c, d.Addendum)
		if err != nil {
			return err
		}
		d.Addendum, d.Handoff, d.Epoch = how.addendum, how.under, how.epoch
		if err := put(f.tx, casework.Documents, id, string(d.ID), d); err != nil {
			return err
		}
		return f.save(true)
	})
	if err != nil {
		if dropErr := cs.cfg.Blobs.DropBlob(d.Blob); dropErr != nil {
			cs.cfg.Log.Warn("a blob without a row stays behind", "blob", d.Blob, "err", dropErr)
		}
	}
	return d, err
}

func (cs *Cases) mayAdd(ctx context.Context, d deed, id casework.CaseID, addendum bool) error {
	err := cs.cfg.Store.View(func(tx casework.Tx) error {
		c, err := casework.CaseOf(tx, id)
		if err != nil {
			return err
		}
		if err := cs.cfg.Gate.Check(tx, d.by, d.act, &c); err != nil {
			return err
		}
		_, err = cs.addition(c, addendum)
		return err
	})
	return cs.denied(ctx, d, id, err)
}

// sniff returns the media type of what r begins with.
func sniff(r *bufio.Reader, stated string) (string, error) {
	head, err := r.Peek(512)
	if len(head) == 0 {
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("receive the document: %w", err)
		}
		return "", casework.Faulty(casework.Fault{Field: "content", Words: "is empty"})
	}
	found, _, err := mime.ParseMediaType(http.DetectContentType(head))
	if err != nil {
		return "", fmt.Errorf("tell the kind of a document: %w", err)
	}
	if !slices.Contains(media, found) {
		return "", casework.Faulty(casework.Fault{Field: "content", Words: "is of a kind that cannot be kept; use PDF, JPEG, PNG or plain text"})
	}
	if stated == "" {
		return found, nil
	}
	if base, _, err := mime.ParseMediaType(stated); err != nil || base != found {
		return "", casework.Faulty(casework.Fault{Field: "media", Words: "does not fit the content, which looks like " + found})
	}
	return found, nil
}

// capped ends a document that is too big with an error people can read.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if c.left -= int64(n); c.left < 0 {
		return 0, casework.Faulty(casework.Fault{Field: "content", Words: "is larger than 25 MiB"})
	}
	return n, err
}

// AddConsent adds one consent. While the case is on its way it counts as an
// addendum. Whoever signs an offer may record the consent it rests on, that to
// share the case with a balai. The errors are those of AddNote, but never Frozen.
func (cs *Cases) AddConsent(ctx context.Context, by casework.Actor, id casework.CaseID, c casework.Consent) (casework.Consent, error) {
	now := cs.now()
	c.ID, c.Case, c.By, c.Balai = casework.ConsentID(cs.cfg.NewID()), id, by.User, cs.cfg.Balai
	if c.At.IsZero() {
		c.At = now
	}
	faults := c.Check()
	if c.At.After(now.Add(clockSlack)) {
		faults = append(faults, casework.Fault{Field: "at", Words: "is in the future"})
	}
	if !c.Withdrawn.IsZero() {
		faults = append(faults, casework.Fault{Field: "withdrawn", Words: "cannot be given along with the consent"})
	}
	if err := casework.Faulty(faults...); err != nil {
		return casework.Consent{}, err
	}
	act, err := cs.consentAct(by, id, c)
	if err != nil {
		return casework.Consent{}, err
	}
	err = cs.write(ctx, deed{by, act, ofConsents}, id, func(f *file) error {
		how, err := cs.addition(f.c, true)
		if err != nil {
			return err
		}
		c.Handoff = how.under
		if err := put(f.tx, casework.Consents, id, string(c.ID), c); err != nil {
			return err
		}
		return f.save(true)
	})
	if err != nil {
		return casework.Consent{}, err
	}
	return c, nil
}

// consentAct is what by has to be allowed to record c.
func (cs *Cases) consentAct(by casework.Actor, id casework.CaseID, c casework.Consent) (act casework.Action, err error) {
	act = casework.WriteCase
	if c.Scope != casework.ForSharing || c.Recipient == "" {
		return act, nil
	}
	err = cs.cfg.Store.View(func(tx casework.Tx) error {
		now, err := casework.CaseOf(tx, id)
		if err != nil {
			return err
		}
		writes := cs.cfg.Gate.Check(tx, by, casework.WriteCase, &now)
		if errors.Is(writes, casework.Forbidden) && cs.cfg.Gate.Check(tx, proven(by), casework.Offer, &now) == nil {
			act = casework.Offer
		}
		return nil
	})
	return act, err
}

// WithdrawConsent ends a consent now. It is possible in every state of a case,
// also after it was handed over; twice is once. What was to be sent under it is
// stopped by whoever asks ConsentFor before sending. A balai that has data under
// it is told: along with the open transfer, else by the lead, who gets a task.
func (cs *Cases) WithdrawConsent(ctx context.Context, by casework.Actor, id casework.CaseID, consent casework.ConsentID) (casework.Consent, error) {
	var c casework.Consent
	err := cs.write(ctx, deed{by, casework.WriteCase, ofConsents}, id, func(f *file) error {
		found, err := f.tx.Get(casework.Consents, string(id), string(consent), &c)
		switch {
		case err != nil:
			return fmt.Errorf("read a consent of case %s: %w", id, err)
		case !found:
			return casework.NotFound.Because("there is no such consent")
		case !c.Withdrawn.IsZero():
			return nil
		}
		c.Withdrawn = f.now
		if c.At.After(f.now) { // the clock of a PC at the desk may have been ahead
			c.Withdrawn = c.At
		}
		if f.c.Handoff != "" {
			c.Handoff = f.c.Handoff
		}
		if err := put(f.tx, casework.Consents, id, string(consent), c); err != nil {
			return err
		}
		if err := f.tellOfWithdrawal(c); err != nil {
			return err
		}
		return f.save(true)
	})
	if err != nil {
		return casework.Consent{}, err
	}
	return c, nil
}
