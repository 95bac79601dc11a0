package casework

import "time"

// A Bundle is a case file as it travels: all that the balai that receives it
// needs. The contents of the documents travel beside it, by digest.
type Bundle struct {
	Format    int         `json:"format"` // 1
	Balai     BalaiCode   `json:"balai"`  // who packed it
	Case      Case        `json:"case"`
	Person    Person      `json:"person"`
	Steps     []Step      `json:"steps,omitempty"`
	Notes     []Note      `json:"notes,omitempty"`
	Documents []Document  `json:"documents,omitempty"`
	Consents  []Consent   `json:"consents,omitempty"`
	Filled    FilledForms `json:"filled,omitzero"`
	Care      Care        `json:"care,omitzero"`
	Letters   []Letter    `json:"letters,omitempty"` // signed ones, of whichever balai
}

// BundleFormat is the format of a Bundle that this program writes and reads.
const BundleFormat = 1

// Limits on a bundle that comes from elsewhere.
const maxRows = 50_000

// A Mark says how a case and its person stood when they were packed. A case
// whose marks differ has changed and must be packed again.
type Mark struct {
	Case   uint64 `json:"case"`   // Case.Revision
	Person uint64 `json:"person"` // Person.Version
}

// Mark returns the mark of what b holds.
func (b Bundle) Mark() Mark { return Mark{Case: b.Case.Revision, Person: b.Person.Version} }

// An Arrival says how a bundle came, and under which names its parts already
// lie in the store here.
type Arrival struct {
	Case    CaseID                // id the case gets here, if its handle is new; the blobs belong to it
	Handoff HandoffID             // the transfer
	From    BalaiCode             // the balai that sealed the packet, as the ledger has it
	Epoch   uint64                // custody epoch as last pulled
	Blobs   map[DocumentID]string // blob of each document
}

// Addenda are what was written of a case while a transfer was under way. They
// follow the packet, and never change what was offered.
type Addenda struct {
	Handoff   HandoffID  `json:"handoff"`
	Notes     []Note     `json:"notes,omitempty"`
	Documents []Document `json:"documents,omitempty"`
	Consents  []Consent  `json:"consents,omitempty"` // given or withdrawn meanwhile

	Filled  FilledForms `json:"filled,omitzero"` // forms that were begun meanwhile
	Care    Care        `json:"care,omitzero"`
	Letters []Letter    `json:"letters,omitempty"` // signed until then
}

// Empty reports whether there is nothing to send.
func (a Addenda) Empty() bool {
	return len(a.Notes)+len(a.Documents)+len(a.Consents)+len(a.Letters)+len(a.Filled.Sheets) == 0 && a.Care.IsZero()
}

// Check returns what is wrong with b, which another balai made: ids, sizes and
// every row of it. Codes are checked for shape only, because the sender may
// have a newer list.
func (b Bundle) Check() []Fault {
	var f faults
	if b.Format != BundleFormat {
		f.add("format", "is %d; this node reads %d", b.Format, BundleFormat)
		return f
	}
	if !IsBalai(b.Balai) {
		f.add("balai", "is not the code of a balai")
	}
	f.within("case", b.Case.Check(nil))
	if !IsID(b.Case.Handle) {
		f.add("case.handle", "is not an id")
	}
	if !IsID(string(b.Person.ID)) || b.Case.Person != b.Person.ID {
		f.add("person.id", "is not the id of the person of the case")
	}
	if !b.Case.Stage.Valid() {
		f.add("case.stage", "must be 1 to 7")
	}
	f.text("case.number", b.Case.Number, MaxValue)
	for i, c := range b.Person.Claims {
		f.within(nested("person.claims", i), c.Check())
	}
	for i, s := range b.Steps {
		f.within(nested("steps", i), s.Check())
	}
	return append(f, Addenda{
		Notes: b.Notes, Documents: b.Documents, Consents: b.Consents, Filled: b.Filled, Care: b.Care, Letters: b.Letters,
	}.rows()...)
}

// Check returns what is wrong with a, which another balai made.
func (a Addenda) Check() []Fault {
	var f faults
	if !IsID(string(a.Handoff)) {
		f.add("handoff", "is not an id")
	}
	return append(f, a.rows()...)
}

func (a Addenda) rows() []Fault {
	var f faults
	if n := len(a.Notes) + len(a.Documents) + len(a.Consents); n > maxRows {
		f.add("notes", "and documents and consents are %d; at most %d are possible", n, maxRows)
		return f
	}
	for i, n := range a.Notes {
		f.row("notes", i, string(n.ID), n.Balai, n.Check())
	}
	for i, d := range a.Documents {
		f.row("documents", i, string(d.ID), d.Balai, d.Check())
		if d.Digest == "" {
			f.add(nested("documents", i)+".digest", "is missing")
		}
	}
	for i, c := range a.Consents {
		f.row("consents", i, string(c.ID), c.Balai, c.Check())
	}
	f = append(f, a.Filled.Check()...)
	f = append(f, a.Care.Check()...)
	if len(a.Letters) > maxRows {
		f.add("letters", "are %d; at most %d are possible", len(a.Letters), maxRows)
		return f
	}
	for i, l := range a.Letters {
		f.row("letters", i, string(l.ID), l.Balai, l.checkThere())
	}
	return f
}

func (f *faults) row(field string, i int, id string, balai BalaiCode, inner []Fault) {
	at := nested(field, i)
	if !IsID(id) {
		f.add(at+".id", "is not an id")
	}
	if !IsBalai(balai) {
		f.add(at+".balai", "is not the code of a balai")
	}
	f.within(at, inner)
}

// Check returns what is wrong with s.
func (s Step) Check() []Fault {
	var f faults
	f.oneOf("what", s.What, WasOpened, WasEdited, WasMoved, WasClosed, WasReopened, WasOffered, WasThawed, WentAway, Came, WasReceived, WentBack, ConsentEnded, FormSigned)
	f.text("words", s.Words, MaxText)
	if !IsID(s.ID) {
		f.add("id", "is not an id")
	}
	if s.At.IsZero() {
		f.add("at", "is missing")
	}
	return f
}

// Summary returns what of b may be told to the balai that is asked to take the
// person (data level "Tingkat 1"): no name, no number, no address, no day of
// birth. Why, what is wanted and what was given are for the caller to add.
func (b Bundle) Summary(at time.Time) Summary {
	s := Summary{
		Initials: b.Person.Initials(), AgeBand: b.Person.AgeBand(at), Sex: b.Person.Value(ClaimSex), Cluster: b.Case.Cluster,
		PPKS: b.Case.PPKS, Ragam: b.Case.Ragam, Urgency: b.Case.Urgency, Basis: b.Case.Basis, Number: b.Case.Number,
		Pages: len(b.Documents),
	}
	if r := b.Person.Value(ClaimRegion); len(r) >= 5 {
		s.Region = r[:5] // the regency: a village would name too few people
	}
	for _, d := range b.Documents {
		s.Bytes += d.Size
	}
	return s
}
