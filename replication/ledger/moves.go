package ledger

import "slices"

// Stage is where a handoff stands. The numbers are stored: only ever add.
type Stage uint8

// The stages. Those from Declined on are ends.
const (
	NoStage    Stage = 0
	Offered    Stage = 1
	Asked      Stage = 2 // the destination wants to know more
	Waitlisted Stage = 3
	Accepted   Stage = 4
	Departed   Stage = 5
	Cancelling Stage = 6 // the source asked to cancel; the destination decides
	InService  Stage = 7 // referral
	OnHold     Stage = 8 // referral
	Reported   Stage = 9 // referral: outcome known, the source has not read it

	Declined   Stage = 32
	Redirected Stage = 33
	Withdrawn  Stage = 34
	Expired    Stage = 35
	Cancelled  Stage = 36
	Lapsed     Stage = 37
	Received   Stage = 38
	Closed     Stage = 39
)

var stageNames = map[Stage]string{
	Offered: "offered", Asked: "asked", Waitlisted: "waitlisted", Accepted: "accepted", Departed: "departed",
	Cancelling: "cancelling", InService: "in-service", OnHold: "on-hold", Reported: "reported",
	Declined: "declined", Redirected: "redirected", Withdrawn: "withdrawn", Expired: "expired", Cancelled: "cancelled",
	Lapsed: "lapsed", Received: "received", Closed: "closed",
}

func (s Stage) String() string { return stageNames[s] }

// Ended reports whether s is an end.
func (s Stage) Ended() bool { return s >= Declined }

// ParseStage returns the stage with that name.
func ParseStage(name string) (Stage, bool) {
	for s, n := range stageNames {
		if n == name {
			return s, true
		}
	}
	return 0, false
}

// Side is who makes a move.
type Side uint8

// The sides.
const (
	Source      Side = 1
	Destination Side = 2
	Clock       Side = 3 // a deadline, closed by every node alike
)

func (s Side) String() string {
	return [...]string{"", "source", "destination", "clock"}[s]
}

// A Move is one legal step of a handoff.
type Move struct {
	Kind HandoffKind
	From Stage
	Act  Act
	By   Side
	To   Stage
}

// moves is the whole life of a handoff: the one table that the state machine,
// the API and the pages read. Each act belongs to one side only, so the sides
// cannot contradict each other here.
var moves = expand([]moveRow{
	{Transfer, []Stage{NoStage}, Offer, Source, Offered},
	{Transfer, []Stage{Offered, Waitlisted}, Ask, Destination, Asked},
	{Transfer, []Stage{Asked}, Answer, Source, Offered},
	{Transfer, []Stage{Offered, Asked}, Wait, Destination, Waitlisted},
	{Transfer, []Stage{Offered, Asked, Waitlisted}, Accept, Destination, Accepted},
	{Transfer, []Stage{Offered, Asked, Waitlisted}, Decline, Destination, Declined},
	{Transfer, []Stage{Offered, Asked, Waitlisted}, Redirect, Destination, Redirected},
	{Transfer, []Stage{NoStage, Offered, Asked, Waitlisted}, Withdraw, Source, Withdrawn},
	{Transfer, []Stage{Offered, Asked, Waitlisted}, Expire, Clock, Expired},
	{Transfer, []Stage{Accepted}, Depart, Source, Departed},
	{Transfer, []Stage{Accepted, Departed}, Cancel, Source, Cancelling},
	{Transfer, []Stage{Cancelling}, ConfirmCancel, Destination, Cancelled},
	{Transfer, []Stage{Accepted, Departed, Cancelling}, Receive, Destination, Received},
	{Transfer, []Stage{Accepted, Departed, Cancelling}, Lapse, Clock, Lapsed},

	{Referral, []Stage{NoStage}, Offer, Source, Offered},
	{Referral, []Stage{Offered}, Ask, Destination, Asked},
	{Referral, []Stage{Asked}, Answer, Source, Offered},
	{Referral, []Stage{Offered, Asked}, Accept, Destination, Accepted},
	{Referral, []Stage{Offered, Asked}, Decline, Destination, Declined},
	{Referral, []Stage{NoStage, Offered, Asked}, Withdraw, Source, Withdrawn},
	{Referral, []Stage{Offered, Asked}, Expire, Clock, Expired},
	{Referral, []Stage{Accepted, OnHold}, Start, Destination, InService},
	{Referral, []Stage{InService}, Hold, Destination, OnHold},
	{Referral, []Stage{Accepted, InService, OnHold}, Report, Destination, Reported},
	{Referral, []Stage{Reported}, Close, Source, Closed},
})

type moveRow struct {
	kind HandoffKind
	from []Stage
	act  Act
	by   Side
	to   Stage
}

func expand(rows []moveRow) (all []Move) {
	for _, r := range rows {
		for _, from := range r.from {
			all = append(all, Move{r.kind, from, r.act, r.by, r.to})
		}
	}
	return all
}

// Moves returns the table of legal moves.
func Moves() []Move { return slices.Clone(moves) }

// find returns the move of a kind from a stage by an act.
func find(kind HandoffKind, from Stage, act Act) (Move, bool) {
	for _, m := range moves {
		if m.Kind == kind && m.From == from && m.Act == act {
			return m, true
		}
	}
	return Move{}, false
}

// side returns which side an act on a handoff belongs to.
func side(kind HandoffKind, act Act) (Side, bool) {
	for _, m := range moves {
		if m.Kind == kind && m.Act == act {
			return m.By, true
		}
	}
	return 0, false
}

// fields of StepBody that an act may use beside SealKey.
type fields struct{ reason, redirect, expected, conditional, content bool }

var uses = map[Act]fields{
	Accept:   {conditional: true},
	Wait:     {expected: true},
	Decline:  {reason: true},
	Redirect: {reason: true, redirect: true},
	Withdraw: {reason: true},
	Cancel:   {reason: true},
	Report:   {reason: true},
	Receive:  {content: true},
}

// fit reports whether a step uses only the fields of its act, and those it must.
func (b *StepBody) fit(a Act) bool {
	u := uses[a]
	return (u.reason || b.Reason == 0) &&
		(u.redirect == (b.Redirect != "")) &&
		(u.expected || b.Expected == 0) &&
		(u.conditional || !b.Conditional) &&
		(u.content || b.Content.IsZero() && b.Record.IsZero())
}
