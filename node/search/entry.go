package search

import "serasi/node/casework"

// EntryOf makes the entry of a case and its person. More numbers (the register
// number) can be given. All names ever claimed are entered: stories change, and
// somebody may ask for the name of yesterday.
func EntryOf(c casework.Case, p casework.Person, numbers ...string) Entry {
	e := Entry{
		ID: c.ID, Person: p.ID, Mother: p.Value(casework.ClaimMother), Sex: p.Value(casework.ClaimSex), Region: p.Value(casework.ClaimRegion),
		Stage: c.Stage, State: c.State, Lead: c.Lead, Unit: c.Unit, Secrecy: c.Secrecy, Changed: c.Changed,
		Numbers: append([]string{c.Number}, numbers...),
	}
	e.Born, _ = p.Born()
	seen := map[string]bool{"": true, casework.NotYet: true}
	add := func(into *[]string, value string) {
		if !seen[value] {
			seen[value] = true
			*into = append(*into, value)
		}
	}
	add(&e.Names, p.Value(casework.ClaimName))
	for _, claim := range p.Claims {
		switch claim.Kind {
		case casework.ClaimName, casework.ClaimAlias:
			add(&e.Names, claim.Value)
		case casework.ClaimNIK, casework.ClaimKK, casework.ClaimBPJS:
			add(&e.Numbers, claim.Value)
		}
	}
	return e
}

// CandidateOf makes what Doubles compares of a person.
func CandidateOf(p casework.Person) Candidate {
	e := EntryOf(casework.Case{}, p)
	return Candidate{Names: e.Names, Born: e.Born, Sex: e.Sex, Mother: e.Mother, Region: e.Region, NIK: p.Value(casework.ClaimNIK)}
}
