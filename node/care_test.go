package node_test

import (
	"net/http"
	"testing"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// The plan, the services and the stay of a case go with it, and the bed it had
// is free once another balai has received it.
func TestCareGoesWithTheCase(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	srk, mgl := c.Of("SRK"), c.Of("MGL")
	left := srk.Open("Fitri", nil)
	at := "/cases/" + string(left.ID)
	var plan casework.Record[casework.Plan]
	srk.Must("worker", http.MethodPost, at+"/plan/goals", nodetest.At{Body: map[string]any{
		"problem": "belum bisa berjalan", "aim": "berjalan 10 meter", "component": "K4a", "activity": "fisioterapi", "base": "residensial",
		"from": "2026-01-05", "until": "2026-12-31",
	}}, &plan)
	srk.Must("worker", http.MethodPut, at+"/plan", nodetest.At{Version: plan.Version, Body: map[string]any{"withPerson": true, "withFamily": false}}, &plan)
	srk.Must("head", http.MethodPost, at+"/plan/approve", nodetest.At{Version: plan.Version}, &plan)
	srk.Must("worker", http.MethodPost, at+"/services", map[string]any{"day": "2026-01-06", "component": "K1", "activity": "makan", "base": "residensial"}, nil)
	srk.Must("worker", http.MethodPost, at+"/tasks", map[string]any{"what": "Ambil rontgen", "due": "2026-12-01"}, nil)
	var house casework.House
	srk.Must("head", http.MethodPost, "/houses", map[string]any{"name": "Melati", "beds": []map[string]any{{"name": "1"}}}, &house)
	srk.Must("worker", http.MethodPost, at+"/stays", map[string]any{"bed": house.Beds[0].ID, "from": "2026-01-05"}, nil)

	h := srk.Offer(left.ID, "MGL", nil)
	mgl.WaitStage(h.ID, "offered")
	mgl.Act(h.ID, "accept", nil)
	id := here(c, mgl, h.ID)
	srk.WaitStage(h.ID, "accepted")
	if taken := board(srk); taken != 1 {
		t.Errorf("before the handover %d beds are taken at SRK, want the one of the person who is still there", taken)
	}
	mgl.Act(h.ID, "receive", map[string]any{"form": nodetest.Record})
	moved(t, srk, left.ID, mgl, h.ID)
	if taken := board(srk); taken != 0 {
		t.Errorf("after the handover %d beds are taken at SRK", taken)
	}

	var file casework.CareFile
	mgl.Must("worker", http.MethodGet, "/cases/"+string(id)+"/plan", nil, &file)
	if cur := file.Plan.Current; cur == nil || cur.ID != plan.ID || cur.Balai != "SRK" || len(cur.Data.Goals) != 1 {
		t.Fatalf("at MGL the plan is %+v", file.Plan)
	}
	var services struct {
		Items []casework.Record[casework.Service]
	}
	mgl.Must("worker", http.MethodGet, "/cases/"+string(id)+"/services", nil, &services)
	if len(services.Items) != 1 || services.Items[0].Balai != "SRK" {
		t.Errorf("at MGL the services are %+v", services.Items)
	}
	var tasks casework.CareFile
	mgl.Must("worker", http.MethodGet, "/cases/"+string(id)+"/tasks", nil, &tasks)
	due := map[string]int{}
	for _, d := range tasks.Dues {
		due[d.Kind]++
	}
	if due[casework.DueTask] != 1 || due[casework.DueFeedback] != 2 {
		t.Errorf("due at MGL: %v, want the task that came along and two words back to SRK", due)
	}
	c.Check()
}

// board is how many beds are taken at a balai.
func board(b *nodetest.Balai) (taken int) {
	var houses struct{ Items []casework.HouseView }
	b.Must("worker", http.MethodGet, "/houses", nil, &houses)
	for _, h := range houses.Items {
		taken += h.Taken
	}
	return taken
}
