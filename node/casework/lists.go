package casework

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed lists/*.csv
var listFiles embed.FS

// A Category is one of the 26 kinds of people in need of social welfare
// services (PPKS, Permensos 8/2012). Its limits only ever lead to a warning: a
// balai takes whoever stands at its door.
type Category struct {
	Code       string // "01" to "26"
	Name       string
	AgeMin     int     // whole years, -1 if there is no limit
	AgeMax     int     // whole years, -1 if there is no limit
	Sex        string  // L or P if the category is for one sex only
	Unit       string  // person, family or community
	Disability bool    // the kind of disability must be given
	Secrecy    Secrecy // group such a case usually belongs to, or ""
	Rule       string  // the rule in words, for the screen
	Cluster    string  // clusters of ATENSI it is served in, in words
}

// A Cluster is one of the groups ATENSI serves. The list changed in 2022, so a
// report asks for the list of its own period.
type Cluster struct {
	Code  string
	Name  string
	From  string // first day it is valid, 2006-01-02
	Until string // last day it is valid, or ""
}

// A Sentra is a unit as it is called since 2022.
type Sentra struct {
	No        int
	Name      string
	Form      string // sentra or sentra terpadu
	Location  string
	Region    string // Kemendagri code; of the province only where no more is sure
	Zone      string // WIB, WITA or WIT
	Certainty string // official, practice or assumed
	Code      BalaiCode
}

// A Unit is a technical unit of the ministry as it was called in 2020, with
// what became of it.
type Unit struct {
	No         int
	Name       string
	Short      string
	Location   string
	Region     string
	Zone       string
	Group      string // whom it was made for; a hint for referrals, never a rule
	Change     string // continues, renamed or merged
	Sentra     int    // No of the Sentra it became, 0 if that is not known
	SentraName string
	Code       BalaiCode
}

// A Law is a rule that the work rests on. Rules follow one another, so a letter
// names those of its own day.
type Law struct {
	Code       string // as it is cited: Permensos 7/2021
	Title      string
	Use        []string // what it is the ground of: atensi, referral, data, category, partner, register, secrecy, archive
	From       string   // first day it is in force, or the year where the day is not sure
	Until      string   // last day, or ""
	ReplacedBy string   // Code of the one that followed, or ""
	Certainty  string   // official, practice or assumed
}

// In reports whether l is in force on a day, 2006-01-02.
func (l Law) In(day string) bool { return l.From <= day && (l.Until == "" || day <= l.Until) }

// A Term is a word of the work with its English translation.
type Term struct {
	ID   string
	EN   string
	Note string
}

// Categories returns the 26 categories in the order of their codes.
func Categories() []Category { return slices.Clone(categories()) }

// CategoryOf returns the category with a code. An unknown code is no error of
// a person: a newer list may know it.
func CategoryOf(code string) (Category, bool) {
	return pick(categories(), func(c Category) bool { return c.Code == code })
}

// Clusters returns the clusters in force on the day of at.
func Clusters(at time.Time) []Cluster {
	day := at.Format(time.DateOnly)
	var out []Cluster
	for _, c := range clusters() {
		if c.From <= day && (c.Until == "" || day <= c.Until) {
			out = append(out, c)
		}
	}
	return out
}

// ClusterOf returns the cluster with a code, of whatever period.
func ClusterOf(code string) (Cluster, bool) {
	return pick(clusters(), func(c Cluster) bool { return c.Code == code })
}

// Sentras returns the 31 units of 2022.
func Sentras() []Sentra { return slices.Clone(sentras()) }

// Units returns the forty units of 2020 that can be named.
func Units() []Unit { return slices.Clone(units()) }

// Laws returns all rules, those that were replaced too.
func Laws() []Law { return slices.Clone(laws()) }

// LawsFor returns the rules that are the ground of a use on a day, 2006-01-02.
func LawsFor(use, day string) (out []Law) {
	for _, l := range laws() {
		if l.In(day) && slices.Contains(l.Use, use) {
			out = append(out, l)
		}
	}
	return out
}

// Glossary returns the words of the work.
func Glossary() []Term { return slices.Clone(glossary()) }

// Listed returns the Known that asks the lists of this package, with the
// clusters in force on the day of at.
func Listed(at time.Time) Known {
	return func(list, code string) bool {
		switch list {
		case ListPPKS:
			_, ok := CategoryOf(code)
			return ok
		case ListCluster:
			return slices.ContainsFunc(Clusters(at), func(c Cluster) bool { return c.Code == code })
		default:
			return false
		}
	}
}

func pick[T any](all []T, fits func(T) bool) (T, bool) {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i], true
	}
	var none T
	return none, false
}

// The lists are read once, on first use, and never change afterwards.
var (
	categories = listOf("ppks_26", func(r record) Category {
		return Category{
			Code: r["code"], Name: r["name"], AgeMin: r.number("age_min", -1), AgeMax: r.number("age_max", -1),
			Sex: r["sex"], Unit: r["unit"], Disability: r["disability_kind_required"] == "yes",
			Secrecy: Secrecy(r["secrecy_group"]), Rule: r["rule_text"], Cluster: r["atensi_cluster"],
		}
	})
	clusters = listOf("clusters", func(r record) Cluster {
		return Cluster{Code: r["code"], Name: r["name"], From: r["valid_from"], Until: r["valid_until"]}
	})
	sentras = listOf("sentra_2022", func(r record) Sentra {
		return Sentra{
			No: r.number("no", 0), Name: r["name"], Form: r["form"], Location: r["location"], Region: r["region_code"],
			Zone: r["zone"], Certainty: r["certainty"], Code: BalaiCode(r["node_code"]),
		}
	})
	units = listOf("units_2020", func(r record) Unit {
		return Unit{
			No: r.number("no", 0), Name: r["name_2020"], Short: r["abbreviation"], Location: r["location"],
			Region: r["region_code"], Zone: r["zone"], Group: r["target_group_2020"], Change: r["change_2022"],
			Sentra: r.number("sentra_no", 0), SentraName: r["sentra_2022"], Code: BalaiCode(r["node_code"]),
		}
	})
	laws = listOf("laws", func(r record) Law {
		return Law{
			Code: r["code"], Title: r["title"], Use: strings.Fields(r["use"]), From: r["valid_from"], Until: r["valid_until"],
			ReplacedBy: r["replaced_by"], Certainty: r["certainty"],
		}
	})
	glossary = listOf("glossary", func(r record) Term {
		return Term{ID: r["id"], EN: r["en"], Note: r["note"]}
	})
)

// listOf reads one embedded list. The files are part of the program, so a
// broken one is a broken build: it panics, and the first test that asks says so.
func listOf[T any](file string, read func(record) T) func() []T {
	return sync.OnceValue(func() []T {
		text, err := listFiles.ReadFile("lists/" + file + ".csv")
		if err != nil {
			panic(fmt.Errorf("read list %s: %w", file, err))
		}
		rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil {
			panic(fmt.Errorf("read list %s: %w", file, err))
		}
		out := make([]T, 0, len(rows)-1)
		for _, row := range rows[1:] {
			r := record{}
			for i, column := range rows[0] {
				r[column] = row[i]
			}
			out = append(out, read(r))
		}
		return out
	})
}

// A record is one row of a list, by the name of the column.
type record map[string]string

func (r record) number(column string, empty int) int {
	if r[column] == "" {
		return empty
	}
	n, err := strconv.Atoi(r[column])
	if err != nil {
		panic(fmt.Errorf("column %s of a list: %w", column, err))
	}
	return n
}
