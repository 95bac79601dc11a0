package access

import (
	"errors"
	"slices"
	"time"

	"serasi/node/casework"
)

// Gate decides by the permission table. The zero Gate is ready; it keeps
// nothing, so it may be copied and used by many at once.
type Gate struct {
	Clock func() time.Time // for what holds for a time; nil: time.Now
}

// Check returns nil if by may do act to c. A nil c means that no case of this
// balai is concerned: a search, a new case, an offer just come in.
//
// The decision joins the roles of by, how by stands to c as c is stored now, the
// secrecy groups of c, and the scopes of the token if one was used (read in tx,
// so that a token revoked a moment ago decides nothing any more).
//
// The error is Unknown if nobody is asking, else Forbidden with words for the
// person. NeedsStepUp tells the refusals that a fresh sign-in would lift.
// Whoever calls records a refusal with Trail.Deny, because its own transaction
// ends with the error.
func (g Gate) Check(tx casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) error {
	if err := g.judge(tx, by, act, c); err != nil {
		return err
	}
	return scoped(tx, by, act)
}

// judge is Check without the token. What a case alone does not tell is read only
// if it matters: who helps with it, and who opened it in an emergency.
func (g Gate) judge(tx casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) error {
	refused := g.Rule(by, act, relation(by, c))
	if refused != nil && tx != nil && c != nil {
		yet, err := g.yet(tx, by, act, c)
		if err != nil {
			return err
		}
		if yet {
			refused = nil
		}
	}
	if refused != nil {
		return refused
	}
	if err := secrecy(by, act, c); err != nil || tx == nil || c == nil || !goesOut[act] {
		return err
	}
	stopped, err := restricted(tx, c.ID)
	if err == nil && stopped {
		err = casework.Forbidden.Because("the use of this case is restricted, as the person asked; lift that first")
	}
	return err
}

// goesOut are the acts by which data leaves the balai. They stop while the use
// of a case is restricted (UU 27/2022 art. 11).
var goesOut = map[casework.Action]bool{casework.PrepareOffer: true, casework.Offer: true, casework.Export: true}

// yet looks again at what was refused: whoever is in the team of the case, or
// opened it in an emergency, may do it all the same.
func (g Gate) yet(tx casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) (bool, error) {
	if g.Rule(by, act, casework.InTeam) == nil {
		if in, err := inTeam(tx, by.User, c.ID, g.now()); in || err != nil {
			return in, err
		}
	}
	if act == casework.ReadCase && g.Rule(by, casework.ReadCase, casework.Assigned) == nil {
		return glassOpen(tx, by.User, c.ID, g.now())
	}
	return false, nil
}

func (g Gate) now() time.Time {
	if g.Clock == nil {
		return time.Now()
	}
	return g.Clock()
}

// Rule is the permission table alone: whether by may do act, standing to the
// case as rel says. It is for callers who know the relation from elsewhere, such
// as the author of a line, and for showing what somebody could do. It looks
// neither at secrecy groups nor at scopes, so it is no substitute for Check.
func (Gate) Rule(by casework.Actor, act casework.Action, rel casework.Relation) error {
	if by.User == "" {
		return casework.Unknown.Because("sign in first")
	}
	may, confirm, words := false, false, "your role may not do this"
	for _, role := range by.Roles {
		g := allow(role, act)
		near := slices.Contains(suffices[g.near], rel)
		switch {
		case g.never:
			return casework.Forbidden.Because("%s", g.words)
		case g.may && near && (by.StepUp || !g.stepUp):
			may = true
		case g.may && near:
			confirm = true
		case g.words != "":
			words = g.words
		}
	}
	switch {
	case may:
		return nil
	case confirm:
		return stepUpError{casework.Forbidden.Because("sign in again to confirm this")}
	}
	return casework.Forbidden.Because("%s", words)
}

// Ever reports whether by could do act to some case or other, after one more
// proof of who it is: what a page need not offer to anybody else. It is no
// permission.
func (g Gate) Ever(by casework.Actor, act casework.Action) bool {
	by.StepUp = true
	for _, rel := range []casework.Relation{casework.NoRelation, casework.SameBalai, casework.Assigned, casework.Own} {
		if g.Rule(by, act, rel) == nil {
			return true
		}
	}
	return false
}

// relation is how by stands to c, the nearest that holds.
func relation(by casework.Actor, c *casework.Case) casework.Relation {
	switch {
	case c == nil:
		return casework.NoRelation
	case c.Lead != "" && c.Lead == by.User:
		return casework.Assigned
	case c.Unit != "" && c.Unit == by.Unit:
		return casework.SameUnit
	default: // every account of a node is of its balai
		return casework.SameBalai
	}
}

// secrecy narrows every cell: whoever lacks a group of the case is refused,
// whatever the role. The lead works with the case and needs no further grant.
// The words do not name the group.
func secrecy(by casework.Actor, act casework.Action, c *casework.Case) error {
	if c == nil || c.Lead != "" && c.Lead == by.User || blind(by, act) {
		return nil
	}
	for _, group := range c.Secrecy {
		if !slices.Contains(by.Grants, group) {
			return casework.Forbidden.Because("this case needs a grant that you do not have")
		}
	}
	return nil
}

// blind reports whether a role of by may do act without seeing a case.
func blind(by casework.Actor, act casework.Action) bool {
	return slices.ContainsFunc(by.Roles, func(r casework.Role) bool {
		g := allow(r, act)
		return g.may && g.blind
	})
}

// scoped refuses what the token of by was not made for.
func scoped(tx casework.Tx, by casework.Actor, act casework.Action) error {
	if by.Token == "" {
		return nil
	}
	t, _, err := tokenByID(tx, by.Token)
	if err != nil {
		return err
	}
	if t.Revoked || t.User != by.User {
		return casework.Unknown.Because("%s", badToken)
	}
	scope, ok := needs[act]
	if !ok || !slices.Contains(t.Scopes, scope) {
		return casework.Forbidden.Because("this token lacks the scope %q", scope)
	}
	return nil
}

// stepUpError is a refusal that a fresh sign-in would lift. Rooms that may not
// import this one ask for its method with errors.As.
type stepUpError struct{ error }

func (e stepUpError) Unwrap() error { return e.error }
func (e stepUpError) StepUp() bool  { return true }

// NeedsStepUp reports whether err would be lifted by signing in again.
func NeedsStepUp(err error) bool {
	var s interface{ StepUp() bool }
	return errors.As(err, &s) && s.StepUp()
}
