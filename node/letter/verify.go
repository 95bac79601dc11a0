package letter

import (
	"strings"
	"sync"
	"time"

	"serasi/node/casework"
)

// Verify says whether a letter is genuine, to anybody who asks. The answer holds
// nothing of a person. The error is Invalid if nothing was shown, and TooMany if
// the same place asks too often.
func (d *Desk) Verify(p casework.LetterProof) (casework.LetterVerdict, error) {
	if p.QR == "" && p.File == "" && p.Code == "" {
		return casework.LetterVerdict{}, casework.Faulty(casework.Fault{Field: "code", Words: "is missing"})
	}
	if !d.guesses.let(p.Source, d.cfg.Clock()) {
		return casework.LetterVerdict{}, casework.TooMany.Because("too many letters were checked from here; try again in a minute")
	}
	var v casework.LetterVerdict
	if p.QR != "" || p.File != "" {
		v = casework.VerifyLetter(p, d.cfg.Keys)
		if v.Result != casework.LetterGenuine {
			return v, nil
		}
		p.Code, p.Number = v.Code, v.Number
	}
	p.Code = strings.ToUpper(strings.TrimSpace(p.Code))
	if !casework.IsLetterCode(p.Code) {
		return casework.LetterVerdict{Result: casework.LetterUnknown, Why: "the code has another form, such as SRK-7K3M9Q2X"}, nil
	}
	if casework.IssuerOf(p.Code) != d.cfg.Balai {
		return elsewhere(v, p), nil
	}
	return d.compare(v, p)
}

// elsewhere is the answer about a letter of another balai: the seal proves it,
// but only its own register knows whether it was revoked.
func elsewhere(v casework.LetterVerdict, p casework.LetterProof) casework.LetterVerdict {
	v.From = casework.IssuerOf(p.Code)
	if v.Result == "" {
		v.Result, v.Code = casework.LetterUnknown, p.Code
		v.Why = "another balai wrote this letter: show its QR code or file, or ask that balai"
		return v
	}
	v.Why = "whether it was revoked since, only the balai that wrote it knows"
	return v
}

// compare looks the letter up in the register of this balai.
func (d *Desk) compare(v casework.LetterVerdict, p casework.LetterProof) (casework.LetterVerdict, error) {
	var e casework.RegisterEntry
	found := false
	err := d.cfg.Store.View(func(tx casework.Tx) error {
		row, err := d.lookup(tx, codeKey(p.Code))
		if err != nil || row == "" {
			return err
		}
		e, found, err = d.entry(tx, row)
		return err
	})
	switch {
	case err != nil:
		return v, err
	case !found && v.Result == casework.LetterGenuine:
		v.Result, v.Why = casework.LetterUnknown, "the seal is ours, but the letter is not in the register; ask the balai"
		return v, nil
	case !found:
		return casework.LetterVerdict{Result: casework.LetterUnknown, From: d.cfg.Balai, Why: "no letter of this balai has this code"}, nil
	case p.Number != "" && !sameNumber(p.Number, e.Number):
		return casework.LetterVerdict{Result: casework.LetterForged, From: d.cfg.Balai, Why: "the number does not belong to this code"}, nil
	}
	v.Result, v.Why, v.Here = casework.LetterGenuine, "", true
	v.Kind, v.Number, v.Date, v.From, v.To, v.Code, v.Replaced = e.Kind, e.Number, e.Date, d.cfg.Balai, e.To, e.Code, e.Replaced
	if !e.Revoked.IsZero() {
		v.Result, v.Why = casework.LetterRevoked, "the balai has revoked this letter"
	}
	return v, nil
}

func sameNumber(a, b string) bool {
	fold := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }
	return fold(a) == fold(b)
}

// How often one place, and all together, may ask within a minute. A code has 40
// random bits: at this pace nobody finds one in a lifetime.
const (
	fromOne = 30
	fromAll = 600
	places  = 10_000 // remembered at most
)

// guesses slows down who tries codes.
type guesses struct {
	mu    sync.Mutex // guards the rest
	since time.Time
	all   int
	by    map[string]int
}

func (g *guesses) let(source string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.by == nil || now.Sub(g.since) >= time.Minute || now.Before(g.since) {
		g.since, g.all, g.by = now, 0, map[string]int{}
	}
	if g.all >= fromAll || g.by[source] >= fromOne || len(g.by) >= places {
		return false
	}
	g.all++
	g.by[source]++
	return true
}
