package search

import (
	"embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"serasi/node/casework"
)

//go:embed names/*.txt
var nameFiles embed.FS

// Invented returns n entries of people who do not exist, for measurements and
// tests, the same ones for the same seed. Their names follow the patterns of
// the regions, with 2.6 words in the mean, common and rare words as in life,
// and one in ten in an old spelling. Their numbers look like numbers but have
// serials no office has given out yet.
func Invented(seed uint64, n int) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		in := newInventor(seed)
		for i := range n {
			if !yield(in.entry(i)) {
				return
			}
		}
	}
}

// An inventor makes people up.
type inventor struct {
	*rand.Rand
	men, women []string
	families   map[string][]string
	parts      map[string][]string
	today      time.Time
}

func newInventor(seed uint64) *inventor {
	return &inventor{
		Rand: rand.New(rand.NewPCG(seed, 0x5e2a51)), men: wordsOf("men"), women: wordsOf("women"),
		families: groupsOf("families"), parts: groupsOf("parts"), today: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC),
	}
}

// wordsOf reads a list of words.
func wordsOf(file string) []string {
	var out []string
	for line := range nameLines(file) {
		out = append(out, line...)
	}
	return out
}

// groupsOf reads a list whose lines begin with the name of their group.
func groupsOf(file string) map[string][]string {
	out := map[string][]string{}
	for line := range nameLines(file) {
		out[line[0]] = append(out[line[0]], line[1:]...)
	}
	return out
}

// nameLines reads the lines of a list. The lists are part of the program, so a
// missing one is a broken build.
func nameLines(file string) iter.Seq[[]string] {
	text, err := nameFiles.ReadFile("names/" + file + ".txt")
	if err != nil {
		panic(fmt.Errorf("read list of names %s: %w", file, err))
	}
	return func(yield func([]string) bool) {
		for line := range strings.Lines(string(text)) {
			if words := strings.Fields(line); len(words) > 0 && words[0] != "#" && !yield(words) {
				return
			}
		}
	}
}

func (in *inventor) entry(i int) Entry {
	sex := "L"
	if in.IntN(2) == 0 {
		sex = "P"
	}
	born := in.today.AddDate(0, 0, -in.IntN(365*85)).Truncate(24 * time.Hour)
	region := regions[in.IntN(len(regions))]
	e := Entry{
		ID: casework.CaseID(in.id()), Person: casework.PersonID(in.id()), Names: []string{in.name(sex)}, Mother: in.name("P"),
		Born: casework.Born{First: born, Last: born}, Sex: sex, Region: region[:5],
		Numbers: []string{fmt.Sprintf("SRK-%d-%05d", 2020+i%7, 1+i/7%99999)},
		Stage:   casework.Stage(1 + in.IntN(7)), State: casework.Open, Lead: casework.UserID(fmt.Sprintf("%032x", 1+in.IntN(40))),
		Unit: "unit " + string(rune('A'+in.IntN(6))), Changed: in.today.Add(-time.Duration(in.IntN(5*365*24*3600)) * time.Second),
	}
	if in.IntN(10) < 8 {
		e.Numbers = append(e.Numbers, in.number(region, born, sex), in.number(region, born.AddDate(20, 0, 0), "L"))
	}
	if in.IntN(3) == 0 {
		e.State = casework.Closed
	}
	if in.IntN(20) == 0 {
		e.Secrecy = []casework.Secrecy{casework.SecretNAPZA}
	}
	return e
}

// regions are the districts of the invented, as the first digits of a NIK.
var regions = []string{
	"33.72.04", "33.72.05", "33.08.10", "33.71.01", "33.02.22", "33.09.05", "33.11.02", "33.13.07", "32.75.01", "32.16.06",
	"73.06.04", "73.06.08", "73.71.09", "73.05.03", "51.02.01", "12.71.11", "71.71.02", "53.71.03", "35.78.08", "91.71.02",
}

func (in *inventor) id() string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], in.Uint64())
	binary.BigEndian.PutUint64(raw[8:], in.Uint64())
	return hex.EncodeToString(raw[:])
}

// number makes a NIK, or with a day of issue a KK. Serials from 9000 on are
// not in use: no district registers so many people of one birthday.
func (in *inventor) number(region string, day time.Time, sex string) string {
	d := day.Day()
	if sex == "P" {
		d += 40
	}
	return fmt.Sprintf("%s%02d%02d%02d%04d", strings.ReplaceAll(region, ".", ""), d, day.Month(), day.Year()%100, 9000+in.IntN(1000))
}
