package handoff_test

import (
	"errors"
	"testing"

	"serasi/node/casework"
)

// A person who was received is sent back in one step; the two handoffs name
// each other.
func TestReturnInOneStep(t *testing.T) {
	w := found(t, 61, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	there := casework.NewOnward{Reason: "dikembalikan", Text: "needs a hospital first", Basis: casework.ByPublicTask, BasisWhy: "letter 7"}
	id := mgl.open("SRK")
	h := mgl.offer(letter("SRK", id))
	srk.sees(h, "offered")
	if _, err := srk.desk.SendOn(t.Context(), head, h, there); !errors.Is(err, casework.Conflict) {
		t.Errorf("sent back before it was received: %v", err)
	}
	srk.act(h, "accept", casework.Said{})
	srk.sees(h, "accepted")
	srk.act(h, "receive", casework.Said{})
	got := srk.sees(h, "received")
	if _, err := srk.desk.SendOn(t.Context(), head, h, casework.NewOnward{Reason: "because"}); len(casework.Faults(err)) != 2 {
		t.Errorf("no reason, no words: %v", err)
	}
	back, err := srk.desk.SendOn(t.Context(), head, h, there)
	if err != nil {
		t.Fatal(err)
	}
	if back.To != "MGL" || back.Follows != h || back.Case != got.Case || srk.get(h).Next != back.ID {
		t.Errorf("%+v", back)
	}
	if _, err := srk.desk.SendOn(t.Context(), head, h, there); !errors.Is(err, casework.Conflict) {
		t.Errorf("sent back twice: %v", err)
	}
	mgl.sees(back.ID, "offered")
	mgl.act(back.ID, "accept", casework.Said{})
	mgl.sees(back.ID, "accepted")
	mgl.act(back.ID, "receive", casework.Said{})
	mgl.sees(back.ID, "received")
	w.settled()
	if c := mgl.theCase(id); c.State != casework.Open {
		t.Errorf("the case is %s where it came from", c.State)
	}
}

func TestAssignHandoffs(t *testing.T) {
	w := found(t, 62, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	h := mgl.offer(letter("SRK", mgl.open("SRK")))
	other := mgl.offer(letter("SRK", mgl.open("SRK")))
	srk.sees(h, "offered")
	srk.sees(other, "offered")
	user := casework.UserID("00112233445566778899aabbccddeeff")
	if err := srk.desk.Assign(t.Context(), head, []casework.HandoffID{h}, user); err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]struct {
		query casework.HandoffQuery
		want  int
	}{
		"mine":       {casework.HandoffQuery{Staff: user}, 1},
		"our turn":   {casework.HandoffQuery{State: casework.Ours}, 2},
		"their turn": {casework.HandoffQuery{State: casework.Theirs}, 0},
		"from MGL":   {casework.HandoffQuery{Other: "MGL"}, 2},
		"from GWA":   {casework.HandoffQuery{Other: "GWA"}, 0},
	} {
		if p, err := srk.desk.List(t.Context(), head, q.query); err != nil || len(p.Items) != q.want {
			t.Errorf("%s: %d, %v", name, len(p.Items), err)
		}
	}
	if err := srk.desk.Assign(t.Context(), nobody, []casework.HandoffID{h}, user); !errors.Is(err, casework.Forbidden) {
		t.Errorf("without a role: %v", err)
	}
	if err := srk.desk.Assign(t.Context(), head, nil, "x"); len(casework.Faults(err)) != 2 {
		t.Errorf("nothing to nobody: %v", err)
	}
	if _, err := mgl.desk.LayAside(t.Context(), head, h); !errors.Is(err, casework.Conflict) {
		t.Errorf("laid aside though the other side is there: %v", err)
	}
}
