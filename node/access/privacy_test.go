package access_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
)

// office is a ward with somebody who keeps its privacy.
type office struct {
	*ward
	*access.Privacy
	shredded []string
	forgot   []casework.CaseID
	broken   error // what the next erasure fails with
}

func newOffice(t *testing.T, groups ...casework.Secrecy) *office {
	t.Helper()
	o := &office{ward: newWard(t, groups...)}
	var err error
	o.Privacy, err = access.NewPrivacy(access.PrivacyConfig{
		Accounts: o.ward.Accounts, Zone: time.FixedZone("WIB", 7*3600), Forget: func(id casework.CaseID) { o.forgot = append(o.forgot, id) }, Shred: o.shred,
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// shred erases as the store does, or fails once.
func (o *office) shred(_ context.Context, owners ...string) error {
	if err := o.broken; err != nil {
		o.broken = nil
		return err
	}
	o.shredded = append(o.shredded, owners...)
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	for k := range o.store.rows {
		if slices.Contains(owners, k.owner) && k.owner != casework.NodeOwner {
			o.store.set(k, nil)
		}
	}
	return nil
}

// put stores a case and its person.
func (o *office) put(c casework.Case, cases ...casework.CaseID) {
	o.t.Helper()
	c.Person = "p"
	if len(cases) > 0 && cases[0] != c.ID {
		c.Home = cases[0]
	}
	who := casework.Person{ID: "p", Cases: cases, Claims: []casework.Claim{{Kind: casework.ClaimName, Value: "Sri Rahayu"}}}
	err := o.store.Update(o.t.Context(), func(tx casework.Tx) error {
		if c.Home == "" {
			if err := tx.Put(casework.Persons, string(c.ID), "p", who); err != nil {
				return err
			}
		}
		return tx.Put(casework.Cases, string(c.ID), string(c.ID), c)
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

var (
	asked = casework.NewSubjectRequest{Kind: casework.AskCopy, From: "wali", Words: "minta salinan berkas"}
	erase = casework.NewErasure{Reason: casework.ErasureReasons[0], Letter: "12/2026"}
)

func TestRequestsRunAgainstTheClock(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	_, err := o.AskRequest(ctx, o.asing, wardCase, asked)
	wants(t, "asked by a worker", err, casework.Forbidden)
	first, err := o.AskRequest(ctx, o.dpo, wardCase, asked)
	if err != nil || first.Due.Sub(first.At) != 72*time.Hour || first.Number != o.c.Number {
		t.Fatalf("%+v, %v", first, err)
	}
	late := asked
	late.At = o.clock.now().Add(-71 * time.Hour)
	second, err := o.AskRequest(ctx, o.supervisor, wardCase, late)
	if err != nil {
		t.Fatal(err)
	}
	if o.told(o.head, casework.NoticeRequest) != 2 {
		t.Error("the head was not told of both")
	}
	list, err := o.Requests(ctx, o.dpo)
	if err != nil || len(list) != 2 || list[0].ID != second.ID {
		t.Errorf("the most urgent is not the first: %+v, %v", list, err)
	}
	o.clock.pass(2 * time.Hour)
	if !second.Overdue(o.clock.now()) || first.Overdue(o.clock.now()) {
		t.Error("overdue is wrong")
	}
	done := casework.SubjectAnswer{Answer: "salinan diserahkan hari ini"}
	if _, err := o.AnswerRequest(ctx, o.dpo, wardCase, second.ID, done); err != nil {
		t.Fatal(err)
	}
	_, err = o.AnswerRequest(ctx, o.dpo, wardCase, second.ID, done)
	wants(t, "answered twice", err, casework.Conflict)
	_, err = o.AnswerRequest(ctx, o.dpo, wardCase, "x", done)
	wants(t, "no such request", err, casework.NotFound)
	errands, err := o.Pending(ctx, o.dpo)
	if err != nil || len(errands) != 1 || errands[0].Kind != casework.ToAnswerAsked || !errands[0].Due.Equal(first.Due) {
		t.Errorf("what waits for the officer: %+v, %v", errands, err)
	}
	if errands, err := o.Pending(ctx, o.budi); err != nil || len(errands) != 0 {
		t.Errorf("what waits for a worker: %+v, %v", errands, err)
	}
}

func TestARestrictionStopsWhatGoesOut(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	why := casework.NewRestriction{Why: "wali keberatan"}
	if _, err := o.Restrict(ctx, o.dpo, wardCase, why); err != nil {
		t.Fatal(err)
	}
	for act, kind := range map[casework.Action]casework.Kind{
		casework.PrepareOffer: casework.Forbidden, casework.Offer: casework.Forbidden, casework.Export: casework.Forbidden, casework.ReadCase: "",
	} {
		wants(t, "restricted: "+string(act), o.may(o.head, act), kind)
	}
	wants(t, "the lead works on", o.may(o.budi, casework.WriteCase), "")
	r, found, err := o.Restriction(ctx, o.budi, wardCase)
	if err != nil || !found || r.Why != why.Why {
		t.Errorf("%+v, %v, %v", r, found, err)
	}
	_, _, err = o.Restriction(ctx, o.asing, wardCase)
	wants(t, "seen by somebody else", err, casework.Forbidden)
	again, err := o.Restrict(ctx, o.supervisor, wardCase, casework.NewRestriction{Why: "alasan yang lain"})
	if err != nil || again.Why != why.Why {
		t.Errorf("restricted twice: %+v, %v", again, err)
	}
	for range 2 {
		wants(t, "lift", o.Lift(ctx, o.dpo, wardCase), "")
	}
	wants(t, "after it", o.may(o.head, casework.Export), "")
}

func TestAPersonIsToldRolesAndPurposes(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	for range 2 {
		if _, err := o.Team(ctx, o.budi, wardCase); err != nil {
			t.Fatal(err)
		}
	}
	_, err := o.Team(ctx, o.asing, wardCase)
	wants(t, "somebody else", err, casework.Forbidden)
	o.clock.pass(24 * time.Hour)
	if _, err := o.BreakGlass(ctx, o.asing, wardCase, emergency); err != nil {
		t.Fatal(err)
	}
	looks, err := o.Looks(ctx, o.budi, wardCase)
	if err != nil {
		t.Fatal(err)
	}
	want := []casework.Look{
		{Day: "2026-03-03", Role: casework.Worker, What: casework.LookEmergency, Times: 1},
		{Day: "2026-03-02", Role: casework.Worker, What: casework.LookRefused, Times: 1},
		{Day: "2026-03-02", Role: casework.Worker, What: casework.LookRead, Times: 2},
	}
	slices.SortFunc(looks, func(a, b casework.Look) int { return a.Times - b.Times })
	slices.SortFunc(want, func(a, b casework.Look) int { return a.Times - b.Times })
	for _, l := range want {
		if !slices.Contains(looks, l) {
			t.Errorf("%+v is missing of %+v", l, looks)
		}
	}
	if len(looks) != len(want) {
		t.Errorf("%d looks, want %d: %+v", len(looks), len(want), looks)
	}
	_, err = o.Looks(ctx, o.asing, wardCase)
	wants(t, "printed by somebody else", err, casework.Forbidden)
}

func TestErasureTakesTwo(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	open, closed := o.c, o.c
	closed.ID, closed.Number, closed.State = "000000000000000000000000000000c2", "SRK-2025-00007", casework.Closed
	o.put(closed, closed.ID, open.ID)
	open.Home = closed.ID
	o.put(open, closed.ID, open.ID)
	_, err := o.AskErasure(ctx, o.head, closed.ID, erase)
	wants(t, "while another case is open", err, casework.Conflict)
	open.State = casework.HandedOver
	o.put(open, closed.ID, open.ID)
	for name, by := range map[string]casework.Actor{"admin it": o.admin, "worker": o.budi, "supervisor": o.supervisor} {
		_, err := o.AskErasure(ctx, by, closed.ID, erase)
		wants(t, "asked by "+name, err, casework.Forbidden)
	}
	e, err := o.AskErasure(ctx, o.head, closed.ID, erase)
	if err != nil || len(e.Cases) != 2 {
		t.Fatalf("%+v, %v", e, err)
	}
	_, err = o.AskErasure(ctx, o.dpo, open.ID, erase)
	wants(t, "asked twice", err, casework.Conflict)
	_, err = o.ConfirmErasure(ctx, o.head, e.ID)
	wants(t, "confirmed by who asked", err, casework.Forbidden)
	stale := o.dpo
	stale.StepUp = false
	if _, err = o.ConfirmErasure(ctx, stale, e.ID); !access.NeedsStepUp(err) {
		t.Errorf("without a fresh proof: %v", err)
	}
	if len(o.shredded) != 0 || o.told(o.dpo, casework.NoticeErasure) != 1 {
		t.Fatal("something was erased, or the second person was not told")
	}
	o.broken = errors.New("the disk is full")
	if _, err := o.ConfirmErasure(ctx, o.dpo, e.ID); err == nil {
		t.Fatal("an erasure that failed was told as done")
	}
	if err := o.FinishErasures(ctx); err != nil { // as at the next start
		t.Fatal(err)
	}
	if len(o.shredded) != 2 || !slices.Contains(o.forgot, closed.ID) || !slices.Contains(o.forgot, open.ID) || o.store.holds("Sri Rahayu") {
		t.Errorf("erased %v, forgot %v", o.shredded, o.forgot)
	}
	list, err := o.Erasures(ctx, o.dpo)
	if err != nil || len(list) != 1 || list[0].Gone.Sub(list[0].Done) != 35*24*time.Hour {
		t.Errorf("the certificate: %+v, %v", list, err)
	}
	_, err = o.ConfirmErasure(ctx, o.dpo, e.ID)
	wants(t, "confirmed again", err, casework.Conflict)
	for k := range o.store.rows {
		if k.owner == string(closed.ID) || k.owner == string(open.ID) {
			t.Errorf("%v came back", k)
		}
	}
}

func TestErasureIsTakenBack(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.c.State = casework.Closed
	o.put(o.c, wardCase)
	e, err := o.AskErasure(ctx, o.dpo, wardCase, erase)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "by a supervisor", o.DropErasure(ctx, o.supervisor, e.ID), casework.Forbidden)
	wants(t, "by the head", o.DropErasure(ctx, o.head, e.ID), "")
	_, err = o.ConfirmErasure(ctx, o.head, e.ID)
	wants(t, "confirmed after that", err, casework.Conflict)
	e, err = o.AskErasure(ctx, o.dpo, wardCase, erase)
	if err != nil {
		t.Fatal(err)
	}
	o.c.State = casework.Open
	o.put(o.c, wardCase)
	_, err = o.ConfirmErasure(ctx, o.head, e.ID)
	wants(t, "opened again meanwhile", err, casework.Conflict)
	if len(o.shredded) != 0 {
		t.Errorf("erased %v", o.shredded)
	}
}

func TestABreachNamesThoseAffected(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.put(o.c, wardCase)
	from := o.clock.now()
	if _, err := o.Team(ctx, o.budi, wardCase); err != nil {
		t.Fatal(err)
	}
	o.clock.pass(time.Hour)
	breach := casework.NewBreach{
		Kinds: []string{"identitas"}, How: "telepon petugas hilang dengan sesi terbuka", Known: o.clock.now(), From: from, To: o.clock.now(), User: o.budi.User,
	}
	_, err := o.NoteIncident(ctx, o.budi, breach)
	wants(t, "noted by a worker", err, casework.Forbidden)
	i, err := o.NoteIncident(ctx, o.dpo, breach)
	if err != nil || i.Due.Sub(i.Known) != 72*time.Hour {
		t.Fatalf("%+v, %v", i, err)
	}
	_, who, err := o.Affected(ctx, o.dpo, i.ID)
	if err != nil || len(who) != 1 || who[0].Case != wardCase || who[0].Times != 1 || who[0].Name != "S. R." {
		t.Errorf("the officer sees %+v, %v", who, err)
	}
	if _, who, err = o.Affected(ctx, o.head, i.ID); err != nil || who[0].Name != "Sri Rahayu" {
		t.Errorf("the head sees %+v, %v", who, err)
	}
	for name, narrow := range map[string]func(*casework.NewBreach){
		"another account": func(b *casework.NewBreach) { b.User = o.psi.User },
		"another token":   func(b *casework.NewBreach) { b.Token = "00000000000000000000000000000001" },
		"another case":    func(b *casework.NewBreach) { b.Case = "000000000000000000000000000000c9" },
		"another time":    func(b *casework.NewBreach) { b.From, b.To = from.Add(-2*time.Hour), from.Add(-time.Hour) },
	} {
		b := breach
		narrow(&b)
		other, err := o.NoteIncident(ctx, o.dpo, b)
		if err != nil {
			t.Fatal(err)
		}
		if _, who, err := o.Affected(ctx, o.dpo, other.ID); err != nil || len(who) != 0 {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	yes, now := true, o.clock.now()
	_, err = o.ChangeIncident(ctx, o.dpo, i.ID, 1, casework.BreachPatch{Closed: &yes})
	wants(t, "closed before anybody was told", err, casework.Invalid)
	if i, err = o.ChangeIncident(ctx, o.dpo, i.ID, 1, casework.BreachPatch{ToldAgency: &now, ToldPeople: &now, Closed: &yes}); err != nil || !i.Told() {
		t.Fatalf("%+v, %v", i, err)
	}
	_, err = o.ChangeIncident(ctx, o.dpo, i.ID, 1, casework.BreachPatch{Closed: &yes})
	wants(t, "a stale edit", err, casework.Conflict)
	if both, ok := casework.BothVersions(err); !ok || both.Current == nil {
		t.Error("the two versions are not shown")
	}
}

// Of a file that got out, its fingerprint finds the cases that keep it, and who
// may have given it out.
func TestABreachOfOneDocument(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	from := o.clock.now()
	const leaked, other = "000000000000000000000000000000d1", "000000000000000000000000000000d2"
	digest := strings.Repeat("ab", 32)
	line := func(id casework.CaseID, doc casework.DocumentID, act casework.Action, what string) casework.Line {
		return casework.Line{User: o.budi.User, Act: string(act), What: what, Case: id, Document: doc, Outcome: access.Done, At: o.clock.now()}
	}
	lines := map[string]casework.Line{
		"opened":                  line("000000000000000000000000000000c1", leaked, casework.ReadCase, "document content"),
		"another one opened":      line("000000000000000000000000000000c2", other, casework.ReadCase, "document content"),
		"not known which":         line("000000000000000000000000000000c3", "", casework.ReadCase, "document content"),
		"copied whole":            line("000000000000000000000000000000c4", "", casework.Export, "archive"),
		"only read":               line("000000000000000000000000000000c5", "", casework.ReadCase, "case"),
		"a case that has no copy": line("000000000000000000000000000000c6", "", casework.Export, "archive"),
	}
	err := o.store.Update(ctx, func(tx casework.Tx) error {
		for what, l := range lines {
			if err := (access.Trail{}).Record(tx, l); err != nil {
				return err
			}
			if what == "a case that has no copy" {
				continue
			}
			for id, sum := range map[casework.DocumentID]string{leaked: digest, other: strings.Repeat("cd", 32)} {
				if err := tx.Put(casework.Documents, string(l.Case), string(id), casework.Document{ID: id, Case: l.Case, Digest: sum}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	breach := casework.NewBreach{Kinds: []string{"dokumen"}, How: "surat beredar di percakapan warga", Known: from, From: from, To: o.clock.now()}
	affected := func(digest string) (cases []string) {
		t.Helper()
		breach.Digest = digest
		i, err := o.NoteIncident(ctx, o.dpo, breach)
		if err != nil {
			t.Fatal(err)
		}
		_, who, err := o.Affected(ctx, o.dpo, i.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range who {
			cases = append(cases, strings.TrimLeft(string(a.Case), "0"))
		}
		slices.Sort(cases)
		return cases
	}
	if got, want := affected(strings.ToUpper(digest[:16])), []string{"c1", "c3", "c4"}; !slices.Equal(got, want) {
		t.Errorf("affected %v, want %v", got, want)
	}
	if got := affected(""); len(got) != len(lines) {
		t.Errorf("the control: without a document %v", got)
	}
	breach.Digest = strings.Repeat("ef", 32)
	_, err = o.NoteIncident(ctx, o.dpo, breach)
	wants(t, "a file that nobody has", err, casework.Invalid)
	breach.Digest = "abc"
	_, err = o.NoteIncident(ctx, o.dpo, breach)
	wants(t, "no fingerprint", err, casework.Invalid)
}

// A long trail is read in pieces, and nothing of it is left out.
func TestABreachReadsTheWholeTrail(t *testing.T) {
	o := newOffice(t)
	o.put(o.c, wardCase)
	from := o.clock.now()
	err := o.store.Update(t.Context(), func(tx casework.Tx) error {
		for n := range 2500 {
			line := casework.Line{User: o.budi.User, Act: string(casework.ReadCase), Outcome: access.Done, At: o.clock.now()}
			if n == 0 {
				line.Case = wardCase
			}
			if err := (access.Trail{}).Record(tx, line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	i, err := o.NoteIncident(t.Context(), o.dpo, casework.NewBreach{
		Kinds: []string{"identitas"}, How: "seluruh jejak diperiksa sampai awal", Known: from, From: from, To: o.clock.now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, who, err := o.Affected(t.Context(), o.dpo, i.ID); err != nil || len(who) != 1 {
		t.Errorf("%+v, %v", who, err)
	}
}

func TestPrivacyConfigSaysAllThatIsMissing(t *testing.T) {
	_, err := access.NewPrivacy(access.PrivacyConfig{})
	if err == nil {
		t.Fatal("built of nothing")
	}
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 4 {
		t.Errorf("%v", err)
	}
}
