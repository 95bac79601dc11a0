package access

import (
	"slices"

	"serasi/node/casework"
)

// MaySee returns nil if by may see a part of c that is of a class, and for the
// class Secret of a secrecy group. It comes after Check for
// casework.ReadCase and asks nothing of that again.
//
// Common parts are for all who may read the case. Specific ones are not for
// members of the team who do not work with them. Secret ones are for the
// lead, and for those who hold a grant for the group; without a group they are
// as Specific.
func (g Gate) MaySee(tx casework.Tx, by casework.Actor, c casework.Case, class casework.Class, group casework.Secrecy) error {
	lead := c.Lead != "" && c.Lead == by.User
	if class == "" || class == casework.Common || lead {
		return nil
	}
	if class == casework.Secret && group != "" && !slices.Contains(by.Grants, group) {
		return casework.Forbidden.Because("this part of the case needs a grant that you do not have")
	}
	if g.Rule(by, casework.ReadCase, relation(by, &c)) == nil || tx == nil {
		return nil
	}
	m, found, err := member(tx, by.User, c.ID)
	if err != nil {
		return err
	}
	if found && m.Holds(g.now()) && !m.Close() {
		return casework.Forbidden.Because("this part of the case is for those who work with it")
	}
	return nil
}
