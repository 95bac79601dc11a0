package access

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"serasi/node/casework"
)

// Bounds of what an account may hold, in characters.
const (
	minPassword = 12
	maxPassword = 200
	maxName     = 200
	maxUnit     = 100
	maxLabel    = 100
)

// commonList holds passwords that are long enough and still the first that
// anyone tries, one a line, lower case.
//
//go:embed common.txt
var commonList string

var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]$`)

// foldLogin makes a login as it is stored: case and blanks around it do not
// count.
func foldLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// passwordFaults says what is wrong with a new password. There are no rules of
// composition: length, and not being what everyone tries, is what helps (NIST
// SP 800-63B, 5.1.1.2).
func passwordFaults(field, password, login string) []casework.Fault {
	fault := func(words string) []casework.Fault { return []casework.Fault{{Field: field, Words: words}} }
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return fault("is not text")
	case n < minPassword:
		return fault("needs at least 12 characters")
	case n > maxPassword:
		return fault("has more than 200 characters")
	}
	lower := strings.ToLower(password)
	switch {
	case len(login) > 3 && strings.Contains(lower, login):
		return fault("contains the login")
	case fewKinds(lower), slices.Contains(strings.Fields(commonList), strings.ReplaceAll(lower, " ", "")):
		return fault("is one of the first that others would try")
	}
	return nil
}

// fewKinds reports whether s is made of fewer than five different characters,
// as in aaaaaaaaaaaa and 121212121212.
func fewKinds(s string) bool {
	kinds := map[rune]bool{}
	for _, r := range s {
		kinds[r] = true
	}
	return len(kinds) < 5
}

// roleFaults says what is wrong with a set of roles. An admin IT holds no other
// role: who runs the node must not read cases, and must not be the one who
// watches over it either.
func roleFaults(roles []casework.Role) []casework.Fault {
	var faults []casework.Fault
	add := func(field, words string) { faults = append(faults, casework.Fault{Field: field, Words: words}) }
	if len(roles) == 0 {
		add("roles", "needs at least one role")
	}
	for i, r := range roles {
		if !knownRole(r) {
			add("roles", "holds a role that does not exist")
		}
		if slices.Contains(roles[:i], r) {
			add("roles", "holds a role twice")
		}
	}
	if slices.Contains(roles, casework.AdminIT) {
		if len(roles) > 1 {
			add("roles", "admin it cannot be joined with another role")
		}
	}
	return faults
}

func knownRole(r casework.Role) bool { return allow(r, casework.ReadStatus).may }

// textFaults refuses what is too long or would not print.
func textFaults(field, s string, most int) []casework.Fault {
	bad := !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl)
	switch {
	case bad:
		return []casework.Fault{{Field: field, Words: "holds characters that do not print"}}
	case utf8.RuneCountInString(s) > most:
		return []casework.Fault{{Field: field, Words: "is too long"}}
	}
	return nil
}
