package nodetest

import (
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hearing is a test that only listens to what Check has to say.
type hearing struct {
	testing.TB
	said []string
}

func (h *hearing) Errorf(format string, args ...any) {
	h.said = append(h.said, fmt.Sprintf(format, args...))
}

// A rule that never fails may not be looking: each lie about what was promised
// is noticed, and the truth is not called a lie.
func TestCheckNoticesBrokenPromises(t *testing.T) {
	c := Start(t, nil, "SRK", "MGL", "GWA")
	srk := c.Of("SRK")
	opened := srk.Open("Paimin", nil)
	note := srk.Note(opened.ID, "progress", "Sehat.")
	document := srk.Document(opened.ID, "other", "Berkas", "isi berkas")
	offer := srk.Offer(opened.ID, "MGL", nil)
	c.Of("MGL").WaitStage(offer.ID, "offered")
	const nobody = "00000000000000000000000000000000"
	truth := c.papers
	tests := map[string]struct {
		lie  paper
		says string
	}{
		"a lost note":       {paper{of: opened.Handle, at: "SRK", note: nobody, text: "Hilang."}, "a note written at SRK"},
		"a changed note":    {paper{of: opened.Handle, at: "SRK", note: note.ID, text: "Sakit."}, "a note written at SRK"},
		"a lost document":   {paper{of: opened.Handle, at: "SRK", document: nobody, text: "isi"}, "0 times"},
		"another content":   {paper{of: opened.Handle, at: "SRK", document: document.ID, text: "isi lain"}, "a document of SRK"},
		"a lost case":       {paper{of: nobody, at: "SRK"}, "held by 0 balai"},
		"a lost offer":      {paper{at: "SRK", offer: nobody}, "is not in the ledger"},
		"nothing but truth": {truth[0], ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			heard := &hearing{TB: t}
			c.T, c.papers = heard, append(truth[:len(truth):len(truth)], tt.lie)
			c.Check()
			c.T, c.papers = t, truth
			switch {
			case tt.says == "" && len(heard.said) > 0:
				t.Errorf("Check calls the truth a lie: %v", heard.said)
			case tt.says != "" && (len(heard.said) != 1 || !strings.Contains(heard.said[0], tt.says)):
				t.Errorf("Check said %q, want one word of %q", heard.said, tt.says)
			}
		})
	}
	c.T = t
	t.Run("two who hold it", func(t *testing.T) {
		heard := &hearing{TB: t}
		c.T = heard
		c.oneHolder(opened.Handle, []holding{{srk, opened.ID}, {c.Of("MGL"), opened.ID}}, "SRK", 1)
		c.oneHolder(opened.Handle, []holding{{srk, opened.ID}}, "MGL", 1)
		c.oneHolder(opened.Handle, []holding{{srk, opened.ID}}, "SRK", 2)
		if len(heard.said) != 3 {
			t.Errorf("of three lies about the custodian Check noticed %q", heard.said)
		}
	})
	c.T = t
}
