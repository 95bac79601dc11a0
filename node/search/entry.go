package search

import "serasi/node/casework"

// An Entry is what the index knows of one case; see casework.EntryOf. Two cases
// of one person are two entries.
type Entry = casework.Entry

// CandidateOf makes what Doubles compares of a person, who need not be in the
// index. A NIK that cannot be read is left out.
func CandidateOf(p casework.Person) Candidate {
	e := casework.EntryOf(casework.Case{}, p)
	return Candidate{Names: e.Names, Born: e.Born, Sex: e.Sex, Mother: e.Mother, Region: e.Region, NIK: p.Value(casework.ClaimNIK)}
}
