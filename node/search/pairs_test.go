package search_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"testing"

	"serasi/node/search"
)

// A pair is two names and whether one person may bear both, judged by people
// from the rules of Indonesian names and by nothing else.
type pair struct {
	same       bool
	rule, a, b string
}

func pairs(t testing.TB) (all []pair) {
	t.Helper()
	f, err := os.Open("../../testdata/names/pairs.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		all = append(all, pair{r[0] == "yes", r[1], r[2], r[3]})
	}
	return all
}

// A tally counts how often matching and people agree.
type tally struct {
	hits, falseHits, misses, passes int
	wrong                           []string
}

func (c *tally) count(x *search.Index, p pair) {
	band, _ := x.Score(search.Candidate{Names: []string{p.a}}, search.Candidate{Names: []string{p.b}})
	switch said := band != search.No; {
	case said && p.same:
		c.hits++
	case said:
		c.falseHits++
		c.wrong = append(c.wrong, fmt.Sprintf("%s: %s is not %s", p.rule, p.a, p.b))
	case p.same:
		c.misses++
		c.wrong = append(c.wrong, fmt.Sprintf("%s: %s may be %s", p.rule, p.a, p.b))
	default:
		c.passes++
	}
}

func (c *tally) precision() float64 { return float64(c.hits) / float64(max(c.hits+c.falseHits, 1)) }
func (c *tally) recall() float64    { return float64(c.hits) / float64(max(c.hits+c.misses, 1)) }

// TestPairs holds name matching to the published table, by names alone: birth,
// mother and NIK only make it surer.
func TestPairs(t *testing.T) {
	x, c, all := search.New(), tally{}, pairs(t)
	for _, p := range all {
		c.count(x, p)
		if p.rule == "placeholder" {
			if band, _ := x.Score(search.Candidate{Names: []string{p.a}}, search.Candidate{Names: []string{p.b}}); band != search.No {
				t.Errorf("a placeholder matches: %s and %s", p.a, p.b)
			}
		}
	}
	if len(all) < 150 || c.hits+c.misses < 50 || c.passes+c.falseHits < 50 {
		t.Errorf("the table has %d pairs, which is too few of a kind", len(all))
	}
	if c.precision() < 0.95 || c.recall() < 0.95 {
		t.Errorf("precision %.3f, recall %.3f; both must be 0.95. Wrong: %q", c.precision(), c.recall(), c.wrong)
	}
}

// BenchmarkPairs prints how well names match, and what one comparison costs.
func BenchmarkPairs(b *testing.B) {
	x, all := search.New(), pairs(b)
	c := tally{}
	for _, p := range all {
		c.count(x, p)
	}
	for i := range b.N {
		p := all[i%len(all)]
		x.Score(search.Candidate{Names: []string{p.a}}, search.Candidate{Names: []string{p.b}})
	}
	b.ReportMetric(c.precision(), "precision")
	b.ReportMetric(c.recall(), "recall")
	b.ReportMetric(float64(len(all)), "pairs")
	for _, w := range c.wrong {
		b.Log(w)
	}
}
