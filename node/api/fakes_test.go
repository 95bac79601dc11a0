package api_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
)

// desk is a handoff room that keeps what it is told.
type desk struct {
	cases *cases

	mu       sync.Mutex // guards all below
	handoffs []casework.Handoff
	said     map[string]casework.Said // by act
	acts     int
	quorum   bool
	shelf    shelf
}

func (d *desk) taken() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.acts
}

func texts(fields map[string]string) error {
	var f []casework.Fault
	for name, text := range fields {
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			f = append(f, casework.Fault{Field: name, Words: "has a control character"})
		}
		if len(text) > 8000 {
			f = append(f, casework.Fault{Field: name, Words: "is too long"})
		}
	}
	return casework.Faulty(f...)
}

func (d *desk) Offer(_ context.Context, by casework.Actor, o casework.NewOffer) (out []casework.Handoff, err error) {
	if err := texts(map[string]string{"reason": o.Reason, "wanted": o.Wanted, "contact": o.Contact}); err != nil {
		return nil, err
	}
	if !casework.IsBalai(o.To) {
		return nil, casework.Faulty(casework.Fault{Field: "to", Words: "must be the code of another balai"})
	}
	for _, id := range o.Cases {
		f, free, err := d.cases.on(by, casework.Offer, id)
		if err != nil {
			return nil, err
		}
		h := casework.Handoff{ID: casework.HandoffID(d.cases.newID()), Kind: o.Kind, Box: casework.Out, From: "SRK", To: o.To, Case: id, Stage: "queued"}
		if len(o.Cases) > 1 {
			h.Group = strings.Repeat("9", 32)
		}
		if o.Kind == casework.Transfer {
			f.c.State = casework.OnOffer
		}
		free()
		out = append(out, h)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acts++
	d.handoffs = append(d.handoffs, out...)
	return out, nil
}

func (d *desk) find(id casework.HandoffID) (casework.Handoff, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range d.handoffs {
		if h.ID == id {
			return h, nil
		}
	}
	return casework.Handoff{}, casework.NotFound.Because("there is no such handoff")
}

func (d *desk) Act(_ context.Context, by casework.Actor, id casework.HandoffID, act string, in casework.Said) (h casework.Handoff, err error) {
	if h, err = d.find(id); err != nil {
		return h, err
	}
	switch act {
	case "withdraw", "accept", "wait", "receive":
	case "depart":
		return h, casework.Conflict.Because("depart is not possible now: the handoff is queued")
	default:
		return h, casework.Invalid.Because("there is no such step of a handoff")
	}
	if err := errors.Join(d.cases.may(by, casework.Offer, nil), texts(map[string]string{"text": in.Text, "reason": in.Reason})); err != nil {
		return h, err
	}
	if act == "wait" && in.Expected.IsZero() {
		return h, casework.Faulty(casework.Fault{Field: "expected", Words: "is missing: when may a place come free"})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acts++
	d.said[act] = in
	return h, nil
}

func (d *desk) Read(_ context.Context, _ casework.Actor, id casework.HandoffID) (casework.Handoff, error) {
	return d.find(id)
}

func (d *desk) Get(_ context.Context, by casework.Actor, id casework.HandoffID) (casework.Handoff, error) {
	h, err := d.find(id)
	if err != nil {
		return h, err
	}
	h.Actions = []string{"withdraw"}
	return h, d.cases.may(by, casework.ReadStatus, nil)
}

func (d *desk) List(_ context.Context, by casework.Actor, q casework.HandoffQuery) (p casework.Page[casework.Handoff], err error) {
	if q.Cursor != "" {
		return p, casework.Faulty(casework.Fault{Field: "cursor", Words: "is not one of ours"})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range d.handoffs {
		if (q.Box == "" || h.Box == q.Box) && (q.State == "" || q.State == "open" || h.Stage == q.State) {
			p.Items = append(p.Items, h)
		}
	}
	return p, d.cases.may(by, casework.ReadStatus, nil)
}

func (d *desk) Outbox(_ context.Context, by casework.Actor, state, cursor string, _ int) (p casework.Page[casework.Queued], err error) {
	if cursor != "" {
		return p, casework.Faulty(casework.Fault{Field: "cursor", Words: "is not one of ours"})
	}
	p.Items = []casework.Queued{{ID: "0000000000000001", Act: "offer", State: "pending"}}
	return p, d.cases.may(by, casework.ReadStatus, nil)
}

func (d *desk) TryNow(context.Context, casework.Actor) error { return nil }

func (d *desk) Decide(_ context.Context, by casework.Actor, outID string, _ bool) error {
	if outID != "0000000000000001" {
		return casework.NotFound.Because("no such command waits for a decision")
	}
	d.mu.Lock()
	d.acts++
	d.mu.Unlock()
	return d.cases.may(by, casework.Offer, nil)
}

func (d *desk) Custody(_ context.Context, by casework.Actor, id casework.CaseID, strong bool) (c casework.Custody, err error) {
	_, free, err := d.cases.on(by, casework.ReadCase, id)
	if err != nil {
		return c, err
	}
	free()
	d.mu.Lock()
	defer d.mu.Unlock()
	if strong && !d.quorum {
		return c, casework.Unavailable.Because("no majority of the voters can be reached; ask for the local state instead")
	}
	return casework.Custody{Case: id, Owner: "SRK", AsOf: 7, Strong: strong}, nil
}

// door is the real access room behind the interface of this one.
type door struct {
	*access.Accounts
	store *caseworktest.Store
	trail access.Trail
}

func (d door) Allow(ctx context.Context, by casework.Actor, act casework.Action) error {
	err := d.store.View(func(tx casework.Tx) error { return access.Gate{}.Check(tx, by, act, nil) })
	if err == nil {
		return nil
	}
	line := casework.Line{User: by.User, Act: string(act), Outcome: access.Denied}
	return errors.Join(err, d.trail.Deny(ctx, d.store, line))
}

func (d door) NeedsStepUp(err error) bool { return access.NeedsStepUp(err) }

func (d door) ClaimFirst(ctx context.Context, code, login, password string) (api.User, error) {
	return d.Accounts.ClaimFirst(ctx, code, login, password)
}

func (d door) Users(_ context.Context, by casework.Actor) ([]api.User, error) {
	return d.Accounts.List(by)
}

func (d door) CreateUser(ctx context.Context, by casework.Actor, in api.NewUser) (api.User, error) {
	return d.Accounts.Create(ctx, by, in)
}

func (d door) ChangeUser(ctx context.Context, by casework.Actor, id casework.UserID, version uint64, p api.UserPatch) (api.User, error) {
	return d.Accounts.Change(ctx, by, id, version, p)
}

func (d door) Issue(ctx context.Context, who casework.SignIn, in api.NewToken) (string, api.Token, error) {
	by, err := d.SignIn(ctx, access.Credentials{Login: who.Login, Password: who.Password, Code: who.Code, Source: who.Source, Via: "api"})
	if err != nil {
		return "", api.Token{}, err
	}
	return d.CreateToken(ctx, by, in)
}

func (d door) Tokens(by casework.Actor, of casework.UserID) ([]api.Token, error) {
	return d.Accounts.Tokens(by, of)
}

// shared is the ledger, the federation, the machine and the trail.
type shared struct {
	mu     sync.Mutex // guards all below
	ready  bool
	cut    bool // a backup breaks off
	signed int
	lines  api.LineFilter
}

func (s *shared) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signed
}

func (s *shared) Events(_ context.Context, from uint64, limit int) (out []api.Event, err error) {
	for n := from; n <= 5 && len(out) < limit; n++ {
		out = append(out, api.Event{Index: n, Time: start, Act: "offer", Actor: "SRK", Kind: "handoff", Hash: strings.Repeat("a", 64)})
	}
	return out, nil
}

func (s *shared) Head(context.Context) (api.Head, error) {
	return api.Head{Index: 5, Hash: strings.Repeat("a", 64), Time: start}, nil
}

func (s *shared) List(context.Context) ([]api.Member, error) {
	return []api.Member{{Code: "SRK", Standing: "active"}}, nil
}

func (s *shared) Invite(_ context.Context, _ casework.Actor, code casework.BalaiCode, hours int) (api.Invitation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signed++
	return api.Invitation{Code: code, Text: "serasi-invitation-1:secret", Expires: start.Add(time.Duration(hours) * time.Hour)}, nil
}

func (s *shared) Motion(_ context.Context, m api.Matter) (api.Motion, error) {
	if m.Code != "BKS" && m.Terms == nil {
		return api.Motion{}, casework.NotFound.Because("no such balai asks to join")
	}
	return api.Motion{Act: m.Act, Code: m.Code, Terms: m.Terms, Bytes: []byte("sign me"), Need: 2}, nil
}

func (s *shared) Sign(_ context.Context, _ casework.Actor, m api.Matter, g api.Signature) (api.Decision, error) {
	if strings.HasPrefix(g.Signature, "ffff") {
		return api.Decision{}, casework.Faulty(casework.Fault{Field: "signature", Words: "does not fit the motion"})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signed++
	return api.Decision{Act: m.Act, Code: m.Code, Have: s.signed, Need: 2}, nil
}

func (s *shared) Realm(context.Context) (api.Realm, error) { return api.Realm{Version: 1, K: 2}, nil }

func (s *shared) Estate(_ context.Context, code casework.BalaiCode) (api.Estate, error) {
	return api.Estate{Code: code}, nil
}

// ownFake is the membership of a balai that may do everything and does nothing.
type ownFake struct{ s *shared }

func (o ownFake) Membership(_ context.Context, by casework.Actor) (api.Membership, error) {
	if !slices.Contains(by.Roles, casework.AdminIT) {
		return api.Membership{}, casework.Forbidden.Because("the admin IT does this")
	}
	return api.Membership{Code: "SRK", Standing: "active"}, nil
}

func (o ownFake) did(ctx context.Context, by casework.Actor, wrong bool, field string) (api.Membership, error) {
	m, err := o.Membership(ctx, by)
	switch {
	case err != nil:
		return m, err
	case wrong:
		return m, casework.Faulty(casework.Fault{Field: field, Words: "is wrong"})
	}
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	o.s.signed++
	return m, nil
}

func (o ownFake) Relocate(ctx context.Context, by casework.Actor, address string) (api.Membership, error) {
	return o.did(ctx, by, !strings.Contains(address, ":"), "address")
}

func (o ownFake) Rotate(ctx context.Context, by casework.Actor, _ string) (api.Membership, error) {
	return o.did(ctx, by, false, "")
}

func (o ownFake) Leave(ctx context.Context, by casework.Actor, code casework.BalaiCode) (api.Membership, error) {
	return o.did(ctx, by, code != "SRK", "code")
}

func (s *shared) Status(context.Context) (api.Status, error) {
	return api.Status{Balai: "SRK", Ready: true}, nil
}

func (s *shared) Health(context.Context) api.Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready {
		return api.Health{Ready: true}
	}
	return api.Health{Flags: []string{"the search index is still being built"}}
}

func (s *shared) VerifyTrail(context.Context, casework.Actor) (uint64, string, error) {
	return 12, "0123", nil
}

func (s *shared) Footprint(context.Context, casework.Actor) (casework.Footprint, error) {
	return casework.Footprint{Since: start, Served: 7}, nil
}

func (s *shared) Backups(context.Context, casework.Actor) (casework.Backups, error) {
	return casework.Backups{Keyed: true, Kept: []casework.BackupOnDisk{{Name: "SRK-20261122T020000Z.age", Bytes: 4096}}}, nil
}

func (s *shared) BackUp(context.Context, casework.Actor) error { return nil }

func (s *shared) Tail(context.Context) []string { return []string{`{"msg":"started"}`} }

func (s *shared) Checkup(context.Context) casework.Checkup {
	return casework.Checkup{Balai: "SRK", Lamp: casework.Healthy, Title: "Everything works.", Ailments: []casework.Ailment{}, Balais: []casework.Contact{}, Checked: []string{"disk.full"}}
}

func (s *shared) Backup(_ context.Context, _ casework.Actor, recipient string, w io.Writer) error {
	if recipient == "nobody" {
		return casework.Faulty(casework.Fault{Field: "recipient", Words: "is not an age recipient"})
	}
	s.mu.Lock()
	cut := s.cut
	s.mu.Unlock()
	_, err := io.WriteString(w, "age-encryption.org/v1\n")
	if cut {
		err = errors.New("the disk is gone")
	}
	return err
}

func (s *shared) Lines(_ context.Context, _ casework.Actor, f api.LineFilter, cursor string, _ int) (p casework.Page[casework.Line], err error) {
	if cursor != "" {
		return p, casework.Faulty(casework.Fault{Field: "cursor", Words: "is not one of ours"})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = f
	return casework.Page[casework.Line]{Items: []casework.Line{{Seq: 1, User: f.User}}}, nil
}
