package letter

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"serasi/node/casework"
)

// countersID is the row of Settings that says how far each register is. It is
// written with the letter that gets the number, so that no crash gives one twice
// or leaves a gap.
const countersID = "letter counters"

// counters are the last serials, by register and year.
type counters struct {
	Last map[string]uint64 `json:"last"`
}

func readCounters(tx casework.Tx) (n counters, err error) {
	if _, err := tx.Get(casework.Settings, casework.NodeOwner, countersID, &n); err != nil {
		return n, fmt.Errorf("read the counters of letters: %w", err)
	}
	if n.Last == nil {
		n.Last = map[string]uint64{}
	}
	return n, nil
}

func (n counters) write(tx casework.Tx) error {
	if err := tx.Put(casework.Settings, casework.NodeOwner, countersID, n); err != nil {
		return fmt.Errorf("write the counters of letters: %w", err)
	}
	return nil
}

func rowOfSerial(register, year string, serial uint64) string {
	return fmt.Sprintf("%s/%s/%06d", register, year, serial)
}

// Keys of LetterLookups.
func codeKey(code string) string             { return "code " + code }
func numberKey(number string) string         { return "number " + number }
func correctKey(id casework.LetterID) string { return "correct " + string(id) }
func putErr(what string, err error) error    { return fmt.Errorf("write %s: %w", what, err) }

func (d *Desk) lookup(tx casework.Tx, key string) (to string, err error) {
	if _, err := tx.Get(casework.LetterLookups, casework.NodeOwner, key, &to); err != nil {
		return "", fmt.Errorf("look up a letter: %w", err)
	}
	return to, nil
}

func (d *Desk) look(tx casework.Tx, key, to string) error {
	if err := tx.Put(casework.LetterLookups, casework.NodeOwner, key, to); err != nil {
		return putErr("a pointer to a letter", err)
	}
	return nil
}

// sign gives the letter its number, letterhead, signature block and seal, all in
// the transaction it is signed in.
func (d *Desk) sign(f *file, by casework.Actor) error {
	s, err := d.settings(f.tx)
	if err != nil {
		return err
	}
	day := d.today()
	head, ok := s.HeadOn(day)
	if !ok {
		return casework.Conflict.Because("no letterhead holds today; enter one in the settings of letters")
	}
	signer, ok := s.SignerFor(by.User, by.Name, slices.Contains(by.Roles, casework.Head), f.l.Kind, day)
	if !ok {
		return casework.Forbidden.Because("the kepala balai signs, or who is named to act for the head")
	}
	f.l.Head, f.l.Signer, f.l.Date, f.l.Parts = &head, &signer, day, tidy(f.l.Parts)
	f.l.Salt = d.cfg.NewID()
	if f.l.Code, ok = casework.NewLetterCode(d.cfg.Balai, d.cfg.NewID()); !ok {
		return casework.Internal.Because("no code could be made for the letter")
	}
	if err := d.number(f, s); err != nil {
		return err
	}
	a := f.l.Attest()
	f.l.Seal = &casework.LetterSeal{Hash: fmt.Sprintf("%x", a.Hash), Token: a.Token(d.cfg.Sign(a.SignBytes()))}
	if err := d.enter(f, signer); err != nil {
		return err
	}
	return d.supersede(f)
}

// number gives the letter the next number of its register and year.
func (d *Desk) number(f *file, s casework.LetterSettings) error {
	numbering, ok := s.NumberingOn(f.l.Kind, f.l.Date)
	if !ok {
		return casework.Conflict.Because("no numbering holds today for this kind of letter; enter one in the settings of letters")
	}
	n, err := readCounters(f.tx)
	if err != nil {
		return err
	}
	year := f.l.Date[:4]
	at := numbering.Register + "/" + year
	n.Last[at]++
	class := f.l.Class
	if class == "" {
		class = numbering.Class
	}
	f.l.Number, f.l.Register = numbering.Write(n.Last[at], class, d.cfg.Balai, f.l.Date), rowOfSerial(numbering.Register, year, n.Last[at])
	taken, err := d.lookup(f.tx, numberKey(f.l.Number))
	if err != nil {
		return err
	}
	if taken != "" {
		return casework.Conflict.Because("another letter has the number %s already; mend the pattern in the settings of letters", f.l.Number)
	}
	return n.write(f.tx)
}

// enter writes the letter into the register.
func (d *Desk) enter(f *file, signer casework.LetterSigner) error {
	e := casework.RegisterEntry{
		Row: f.l.Register, Number: f.l.Number, Kind: f.l.Kind, Letter: f.l.ID, Code: f.l.Code, Date: f.l.Date, To: f.l.PublicTo(),
		Hash: f.l.Seal.Hash, Signer: signer.Title(), At: d.cfg.Clock(),
	}
	if err := d.putEntry(f.tx, e); err != nil {
		return err
	}
	if err := d.look(f.tx, codeKey(e.Code), e.Row); err != nil {
		return err
	}
	return d.look(f.tx, numberKey(e.Number), e.Row)
}

func (d *Desk) putEntry(tx casework.Tx, e casework.RegisterEntry) error {
	if err := tx.Put(casework.LetterNumbers, casework.NodeOwner, e.Row, e); err != nil {
		return putErr("the register of letters", err)
	}
	return nil
}

func (d *Desk) entry(tx casework.Tx, row string) (e casework.RegisterEntry, found bool, err error) {
	if found, err = tx.Get(casework.LetterNumbers, casework.NodeOwner, row, &e); err != nil {
		return e, false, fmt.Errorf("read the register of letters: %w", err)
	}
	return e, found, nil
}

// supersede marks the letter that this one replaces.
func (d *Desk) supersede(f *file) error {
	if f.l.Replaces == "" {
		return nil
	}
	old, err := d.open(f.tx, f.l.Replaces)
	if err != nil {
		return err
	}
	if old.l.ReplacedBy != "" {
		return casework.Conflict.Because("this letter was replaced before; correct the newer one")
	}
	old.l.ReplacedBy = f.l.ID
	if err := old.save(); err != nil {
		return err
	}
	e, found, err := d.entry(f.tx, old.l.Register)
	if err != nil || !found {
		return err
	}
	e.Replaced = f.l.Number
	return d.putEntry(f.tx, e)
}

// revoke marks a letter and its number; both stay.
func (d *Desk) revoke(f *file, why string) error {
	f.l.Revoked, f.l.RevokedWhy = d.cfg.Clock(), why
	e, found, err := d.entry(f.tx, f.l.Register)
	if err != nil || !found {
		return err
	}
	e.Revoked, e.Cancelled = f.l.Revoked, why
	return d.putEntry(f.tx, e)
}

// maxSkip bounds how many numbers one call may leave out.
const maxSkip = 10_000

// SkipNumbers moves every register of this year on by n, 1 to 10,000. A node
// restored from a backup calls it before it signs a letter, because it cannot
// know which numbers were given since. They stay in the register as cancelled,
// with reason, so that the gap is seen.
func (d *Desk) SkipNumbers(ctx context.Context, n uint64, reason string) error {
	if n < 1 || n > maxSkip {
		return casework.Faulty(casework.Fault{Field: "n", Words: "must be 1 to " + strconv.Itoa(maxSkip)})
	}
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		s, err := d.settings(tx)
		if err != nil {
			return err
		}
		all, err := readCounters(tx)
		if err != nil {
			return err
		}
		day := d.today()
		skipped := map[string]bool{}
		for _, kind := range casework.LetterKinds() {
			numbering, ok := s.NumberingOn(kind, day)
			if !ok || skipped[numbering.Register] {
				continue
			}
			skipped[numbering.Register] = true
			if err := d.skip(tx, all, numbering, n, reason); err != nil {
				return err
			}
		}
		if err := all.write(tx); err != nil {
			return err
		}
		return d.cfg.Trail.Record(tx, casework.Line{At: d.cfg.Clock(), Via: "node", Act: "skip letter numbers", Outcome: "done", Why: reason})
	})
}

func (d *Desk) skip(tx casework.Tx, all counters, numbering casework.Numbering, n uint64, reason string) error {
	day := d.today()
	at := numbering.Register + "/" + day[:4]
	for range n {
		all.Last[at]++
		e := casework.RegisterEntry{
			Row: rowOfSerial(numbering.Register, day[:4], all.Last[at]), Date: day, At: d.cfg.Clock(), Cancelled: reason,
			Number: numbering.Write(all.Last[at], numbering.Class, d.cfg.Balai, day),
		}
		if err := d.putEntry(tx, e); err != nil {
			return err
		}
	}
	return nil
}
