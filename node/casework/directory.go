package casework

import (
	"slices"
	"strings"
	"time"
)

// Limits of what a balai says about itself, so that it fits into one entry of
// the directory.
const (
	maxPlaces       = 60
	maxAreas        = 120
	maxCapabilities = 60
)

// StaleAfter is the age from which what a balai said of its free places is
// shown as old.
const StaleAfter = 24 * time.Hour

// Places are the beds of one house or kind: how many there are and how many are
// free.
type Places struct {
	Name   string `json:"name"`          // asrama or kind, in words
	Sex    string `json:"sex,omitempty"` // L, P or empty for both
	AgeMin int    `json:"ageMin,omitempty"`
	AgeMax int    `json:"ageMax,omitempty"` // 0: no limit
	Total  int    `json:"total"`
	Free   int    `json:"free"`
}

// A Profile is what a balai tells the others about itself: nothing of any
// person. It is signed by its owner and spreads by gossip.
type Profile struct {
	Code         BalaiCode `json:"code"`
	Name         string    `json:"name"`
	Region       string    `json:"region,omitempty"`       // code of the regency it stands in
	Areas        []string  `json:"areas,omitempty"`        // working area: codes of provinces and regencies
	Clusters     []string  `json:"clusters,omitempty"`     // whom it serves
	Components   []string  `json:"components,omitempty"`   // of ATENSI
	Capabilities []string  `json:"capabilities,omitempty"` // e.g. alat_bantu:kursi_roda
	Places       []Places  `json:"places,omitempty"`
	PlacesAt     time.Time `json:"placesAt,omitzero"` // the day and hour the places were counted
	Opening      string    `json:"opening,omitempty"`
	Phone        string    `json:"phone,omitempty"` // of the officer on duty
	Asks         string    `json:"asks,omitempty"`  // papers and conditions, shown before anything is sent
	Updated      time.Time `json:"updated,omitzero"`
	Version      uint64    `json:"version,omitempty"` // at its owner, for a stale edit
}

// Check returns what is wrong with p.
func (p Profile) Check() []Fault {
	var f faults
	if !IsBalai(p.Code) {
		f.add("code", "is not the code of a balai")
	}
	f.need("name", p.Name, MaxValue)
	f.text("opening", p.Opening, MaxValue)
	f.text("phone", p.Phone, MaxValue)
	f.prose("asks", p.Asks, MaxLetter, false)
	if p.Region != "" && !shape["region"].MatchString(p.Region) {
		f.add("region", "is not the code of a region")
	}
	f.few("areas", p.Areas, maxAreas, shape["region"].MatchString)
	f.few("clusters", p.Clusters, MaxCodes, shape[ListCluster].MatchString)
	f.few("components", p.Components, MaxCodes, func(s string) bool { return slices.Contains(Components, s) })
	f.few("capabilities", p.Capabilities, maxCapabilities, isCapability)
	if len(p.Places) > maxPlaces {
		f.add("places", "has %d rows; at most %d are possible", len(p.Places), maxPlaces)
		return f
	}
	for i, b := range p.Places {
		f.within(nested("places", i), b.check())
	}
	return f
}

func (b Places) check() []Fault {
	var f faults
	f.need("name", b.Name, MaxValue)
	if b.Sex != "" {
		f.oneOf("sex", b.Sex, "L", "P")
	}
	if b.AgeMin < 0 || b.AgeMax < 0 || b.AgeMax > 150 || b.AgeMax != 0 && b.AgeMax < b.AgeMin {
		f.add("ageMin", "and the upper age do not fit together")
	}
	if b.Total < 0 || b.Total > 10_000 || b.Free < 0 || b.Free > b.Total {
		f.add("free", "must be between 0 and the number of places")
	}
	return f
}

// few checks a list of codes.
func (f *faults) few(field string, list []string, limit int, ok func(string) bool) {
	if len(list) > limit {
		f.add(field, "has %d codes; at most %d are possible", len(list), limit)
		return
	}
	for i, s := range list {
		if !ok(s) || slices.Contains(list[:i], s) {
			f.add(nested(field, i), "is not a code, or stands there twice")
		}
	}
}

func isCapability(s string) bool {
	return len(s) > 1 && len(s) <= 60 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_:-") == ""
}

// Fits reports whether b takes somebody of that sex and age; what is not known
// does not count against it.
func (b Places) Fits(sex string, age int) bool {
	switch {
	case b.Sex != "" && sex != "" && b.Sex != sex:
		return false
	case age >= 0 && (age < b.AgeMin || b.AgeMax != 0 && age > b.AgeMax):
		return false
	}
	return true
}

// Stale reports whether what p says of its places is old at now.
func (p Profile) Stale(now time.Time) bool { return now.Sub(p.PlacesAt) > StaleAfter }

// FreeFor returns how many places p has free for somebody, and how many in all.
func (p Profile) FreeFor(sex string, age int) (free, total int) {
	for _, b := range p.Places {
		if b.Fits(sex, age) {
			free, total = free+b.Free, total+b.Total
		}
	}
	return free, total
}
