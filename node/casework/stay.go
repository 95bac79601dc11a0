package casework

import (
	"slices"
	"time"
)

// The short lists of a stay. They are stored and travel: add, never rename.
var (
	// AbsenceKinds are why somebody who lives here is elsewhere for a while.
	// The balai stays responsible.
	AbsenceKinds = []string{"rumah sakit", "izin", "tanpa izin", "lainnya"}
	// LeavingKinds are why a stay ended.
	LeavingKinds = []string{"selesai", "pindah balai", "keluarga", "tanpa izin", "meninggal", "pindah kamar", "lainnya"}
)

// MaxBeds is how many beds one house may have.
const MaxBeds = 500

// A Bed is one place to sleep.
type Bed struct {
	ID     CareID `json:"id,omitempty"`
	Room   string `json:"room,omitempty"`
	Name   string `json:"name"`
	Closed bool   `json:"closed,omitempty"` // out of use; who is in it stays
}

// A House is one asrama or barak of this balai with its beds.
type House struct {
	ID      CareID `json:"id"`
	Site    string `json:"site,omitempty"`
	Name    string `json:"name"`
	Sex     string `json:"sex,omitempty"`    // L or P; "": both
	AgeMin  int    `json:"ageMin,omitempty"` // whole years
	AgeMax  int    `json:"ageMax,omitempty"` // 0: no limit
	Beds    []Bed  `json:"beds"`
	Version uint64 `json:"version"`
}

// Check returns what is wrong with h, but for what the node sets.
func (h House) Check() []Fault {
	var f faults
	f.need("name", h.Name, MaxValue)
	f.text("site", h.Site, MaxValue)
	f.maybeOne("sex", h.Sex, "L", "P")
	if h.AgeMin < 0 || h.AgeMin > 130 {
		f.add("ageMin", "must be 0 to 130")
	}
	if h.AgeMax < 0 || h.AgeMax > 130 || h.AgeMax != 0 && h.AgeMax < h.AgeMin {
		f.add("ageMax", "must be 0 to 130 and not below the lower limit")
	}
	if n := len(h.Beds); n > MaxBeds {
		f.add("beds", "has %d entries; at most %d are possible", n, MaxBeds)
		return f
	}
	seen := map[string]bool{}
	for i, b := range h.Beds {
		at := nested("beds", i)
		f.id(at+".id", string(b.ID))
		f.need(at+".name", b.Name, MaxValue)
		f.text(at+".room", b.Room, MaxValue)
		if place := b.Room + "\x00" + b.Name; seen[place] {
			f.add(at+".name", "is there twice")
		} else {
			seen[place] = true
		}
	}
	return f
}

// Bed returns the bed of h with an id.
func (h House) Bed(id CareID) (Bed, bool) {
	return pick(h.Beds, func(b Bed) bool { return b.ID == id })
}

// Suits returns why somebody may not live in h, or nothing. What is not known
// of the person is no reason.
func (h House) Suits(p Person, at time.Time) []Fault {
	var f faults
	if sex := p.Value(ClaimSex); h.Sex != "" && (sex == "L" || sex == "P") && sex != h.Sex {
		f.add("bed", "is in a house for the other sex")
	}
	born, ok := p.Born()
	if !ok {
		return f
	}
	youngest, oldest := born.Age(at)
	if oldest < h.AgeMin {
		f.add("bed", "is in a house for people of %d years and more", h.AgeMin)
	}
	if h.AgeMax != 0 && youngest > h.AgeMax {
		f.add("bed", "is in a house for people of up to %d years", h.AgeMax)
	}
	return f
}

// An Absence is a while that somebody who lives here spent elsewhere.
type Absence struct {
	Kind  string `json:"kind"`
	Where string `json:"where,omitempty"`
	From  Day    `json:"from"`
	Until Day    `json:"until,omitempty"` // "": not back yet
}

// A Stay is one bed that somebody had for a while. The names of house and bed
// are kept with it, because they travel and houses change.
type Stay struct {
	House     CareID    `json:"house"`
	Bed       CareID    `json:"bed"`
	Place     string    `json:"place"` // house, room and bed in words
	From      Day       `json:"from"`
	Until     Day       `json:"until,omitempty"` // "": still here
	Companion bool      `json:"companion,omitempty"`
	Away      []Absence `json:"away,omitempty"` // oldest first
	Left      string    `json:"left,omitempty"` // one of LeavingKinds
}

// Check returns what is wrong with s.
func (s Stay) Check() []Fault {
	var f faults
	if !IsID(string(s.House)) {
		f.add("house", "is not an id")
	}
	if !IsID(string(s.Bed)) {
		f.add("bed", "is not an id")
	}
	f.text("place", s.Place, MaxText)
	f.needDay("from", s.From)
	f.day("until", s.Until)
	f.inOrder("until", s.From, s.Until)
	f.maybeOne("left", s.Left, LeavingKinds...)
	if n := len(s.Away); n > maxRows {
		f.add("away", "has %d entries; at most %d are possible", n, maxRows)
		return f
	}
	for i, a := range s.Away {
		f.within(nested("away", i), a.Check())
	}
	return f
}

// Check returns what is wrong with a.
func (a Absence) Check() []Fault {
	var f faults
	f.oneOf("kind", a.Kind, AbsenceKinds...)
	f.text("where", a.Where, MaxValue)
	f.needDay("from", a.From)
	f.day("until", a.Until)
	f.inOrder("until", a.From, a.Until)
	return f
}

// NowAway returns the absence that has not ended, or nil.
func (s Stay) NowAway() *Absence {
	if n := len(s.Away); n > 0 && s.Away[n-1].Until == "" {
		a := s.Away[n-1]
		return &a
	}
	return nil
}

// Here reports whether s counts among those who live at the balai on day.
func (s Stay) Here(day Day) bool { return s.From <= day && (s.Until == "" || s.Until > day) }

// A BedView is one bed as the board shows it. Who lies in it is told to those
// who may find the case.
type BedView struct {
	Bed      Bed    `json:"bed"`
	Taken    bool   `json:"taken,omitempty"`
	Case     CaseID `json:"case,omitempty"`
	Number   string `json:"number,omitempty"`
	Initials string `json:"initials,omitempty"`
	Since    Day    `json:"since,omitempty"`
	Away     string `json:"away,omitempty"` // kind of the absence under way
}

// A HouseView is one house with who lives in it.
type HouseView struct {
	House House     `json:"house"`
	Beds  []BedView `json:"beds"`
	Taken int       `json:"taken"`
	Free  int       `json:"free"` // in use and not taken
}

// CountHouse adds up the beds of a house.
func CountHouse(h House, beds []BedView) HouseView {
	v := HouseView{House: h, Beds: beds}
	for _, b := range beds {
		switch {
		case b.Taken:
			v.Taken++
		case !b.Bed.Closed:
			v.Free++
		}
	}
	return v
}

// Occupied returns how many of the stays are here on day, by house: what the
// monthly report counts.
func Occupied(stays []Stay, day Day) map[CareID]int {
	out := map[CareID]int{}
	for _, s := range stays {
		if s.Here(day) {
			out[s.House]++
		}
	}
	return out
}

// CurrentStay returns the stay at balai that has not ended.
func CurrentStay(all []Record[Stay], balai BalaiCode) (Record[Stay], bool) {
	i := slices.IndexFunc(all, func(r Record[Stay]) bool { return r.Balai == balai && r.Data.Until == "" })
	if i < 0 {
		return Record[Stay]{}, false
	}
	return all[i], true
}

// An Admission is which bed somebody gets, and from when on.
type Admission struct {
	Bed       CareID `json:"bed"`
	From      Day    `json:"from"`
	Companion bool   `json:"companion,omitempty"` // who cares for the person stays too
}
