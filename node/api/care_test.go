package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/caseload"
	"serasi/node/casework"
)

// nothing is an index that finds nobody, and blobs that nobody puts.
type nothing struct{}

func (nothing) Put(casework.Entry) error                               { return nil }
func (nothing) Load(iter.Seq[casework.Entry]) error                    { return nil }
func (nothing) Find(casework.Query) []casework.CaseID                  { return nil }
func (nothing) List(casework.Query) ([]casework.CaseID, string, error) { return nil, "", nil }
func (nothing) Doubles(casework.Person, int) []casework.Match          { return nil }
func (nothing) OpenBlob(string, string) (io.ReadCloser, error)         { return nil, errors.ErrUnsupported }
func (nothing) DropBlob(string) error                                  { return nil }
func (nothing) PutBlob(context.Context, string, io.Reader) (string, int64, string, error) {
	return "", 0, "", errors.ErrUnsupported
}

// careRoom is the real use cases of care, on the store of the world.
func (w *world) careRoom() *caseload.Cases {
	w.t.Helper()
	var mu sync.Mutex
	made := 0
	trail := access.Trail{Clock: w.clock.now}
	cs, err := caseload.New(caseload.Config{
		Store: w.store, Gate: access.Gate{}, Trail: access.CaseTrail{Trail: trail, Store: w.store}, Index: nothing{}, Blobs: nothing{},
		Clock: w.clock.now, Balai: "SRK", Zone: time.FixedZone("WIB", 7*3600),
		NewID: func() string {
			mu.Lock()
			defer mu.Unlock()
			made++
			sum := sha256.Sum256(fmt.Appendf(nil, "care %d", made))
			return hex.EncodeToString(sum[:16])
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return cs
}

// served opens a case of budi's in the care room, and returns its address.
func (w *world) served() string {
	w.t.Helper()
	by, err := w.door.Authenticate(w.t.Context(), w.tokens["budi"])
	if err != nil {
		w.t.Fatal(err)
	}
	c, _, _, err := w.care.Open(w.t.Context(), by, casework.Intake{Urgency: casework.NotUrgent, Basis: casework.ByPublicTask, Lead: by.User, Unit: "anak"})
	if err != nil {
		w.t.Fatal(err)
	}
	return base + "/cases/" + string(c.ID)
}

const goalText = `{"problem":"belum bisa berjalan","aim":"berjalan 10 meter","component":"K4a","activity":"fisioterapi","base":"residensial","from":"2026-03-02","until":"2026-06-02"}`

// everyCareCall serves a case from the first meal to the visit after its end.
func everyCareCall(w *world, do doer) {
	t := w.t
	at := w.served()

	// Emergency first, then a plan, its approval, a service under it.
	do(w, "budi", "POST", at+"/services", `{"day":"2026-03-02","component":"K1","activity":"makan","base":"residensial"}`, 201)
	empty := do(w, "budi", "GET", at+"/plan", "", 200)
	if tag := empty.Header().Get("ETag"); tag != `"0"` {
		t.Fatalf("the ETag of no plan is %s", tag)
	}
	added := do(w, "budi", "POST", at+"/plan/goals", goalText, 201, ifMatch(`"0"`))
	var draft casework.Record[casework.Plan]
	added.into(&draft)
	goal := string(draft.Data.Goals[0].ID)
	added = do(w, "budi", "POST", at+"/plan/goals", goalText, 201, ifMatch(added.Header().Get("ETag")))
	added.into(&draft)
	second := string(draft.Data.Goals[1].ID)
	added = do(w, "budi", "PUT", at+"/plan/goals/"+second, strings.Replace(goalText, "fisioterapi", "okupasi", 1), 200, ifMatch(added.Header().Get("ETag")))
	added = do(w, "budi", "DELETE", at+"/plan/goals/"+second, "", 200, ifMatch(added.Header().Get("ETag")))
	headed := do(w, "budi", "PUT", at+"/plan", `{"withPerson":true,"withFamily":false}`, 200, ifMatch(added.Header().Get("ETag")))
	do(w, "budi", "POST", at+"/plan/approve", "", 403, ifMatch(headed.Header().Get("ETag")))
	approved := do(w, "head", "POST", at+"/plan/approve", "", 200, ifMatch(headed.Header().Get("ETag")))
	do(w, "head", "POST", at+"/plan/approve", "", 409, ifMatch(headed.Header().Get("ETag")))
	do(w, "budi", "POST", at+"/plan/goals", goalText, 409, ifMatch(`"1"`)).problem()
	do(w, "budi", "POST", at+"/services", `{"day":"2026-03-02","component":"K4a","activity":"fisioterapi","base":"residensial","goal":"`+goal+`"}`, 201)
	do(w, "budi", "POST", at+"/plan/goals/"+goal+"/result", `{"outcome":"tercapai"}`, 200, ifMatch(approved.Header().Get("ETag")))

	// A record of each kind, written and corrected.
	for path, bodies := range map[string][2]string{
		"conferences":  {`{"day":"2026-03-01","people":[{"role":"psikolog","name":"Contoh"}],"decisions":"tiga bulan"}`, `{"day":"2026-03-01","people":[{"role":"perawat","name":"Contoh"}],"decisions":"empat bulan"}`},
		"services":     {`{"day":"2026-03-01","component":"K1","activity":"susu","base":"residensial"}`, `{"day":"2026-03-01","component":"K1","activity":"susu","base":"residensial","amount":2}`},
		"provisions":   {`{"kind":"alat bantu","item":"kursi roda","state":"diminta","since":"2026-03-01"}`, `{"kind":"alat bantu","item":"kursi roda","state":"diserahkan","since":"2026-03-02"}`},
		"incidents":    {`{"day":"2026-03-02","kind":"sakit","account":"demam"}`, `{"day":"2026-03-02","kind":"sakit","account":"demam tinggi"}`},
		"civil-papers": {`{"kind":"nik","state":"diajukan","since":"2026-03-01"}`, `{"kind":"nik","state":"terbit","since":"2026-03-02"}`},
		"programmes":   {`{"code":"PKH","state":"diusulkan","seen":"2026-03-02"}`, `{"code":"PKH","state":"diterima","seen":"2026-03-02"}`},
	} {
		var r struct{ ID string }
		a := do(w, "budi", "POST", at+"/"+path, bodies[0], 201)
		a.into(&r)
		b := do(w, "budi", "PUT", at+"/"+path+"/"+r.ID, bodies[1], 200, ifMatch(a.Header().Get("ETag")))
		do(w, "budi", "PUT", at+"/"+path+"/"+r.ID, bodies[0], 409, ifMatch(a.Header().Get("ETag")))
		do(w, "budi", "PUT", at+"/"+path+"/"+r.ID, bodies[0], 428)
		var list struct{ Items []json.RawMessage }
		do(w, "budi", "GET", at+"/"+path, "", 200).into(&list)
		if len(list.Items) == 0 || !strings.Contains(b.Body.String(), `"version":2`) {
			t.Errorf("%s: %d in the list after %s", path, len(list.Items), b.Body)
		}
	}

	// A bed, a hospital, another day.
	var house casework.House
	do(w, "budi", "POST", base+"/houses", `{"name":"Anggrek","beds":[{"name":"1"}]}`, 403)
	do(w, "sari", "POST", base+"/houses", `{"name":"Anggrek","beds":[{"name":"1"},{"name":"2"}]}`, 201).into(&house)
	bed := func(i int) string { return `{"bed":"` + string(house.Beds[i].ID) + `","from":"2026-03-02"}` }
	s := do(w, "budi", "POST", at+"/stays", bed(0), 201)
	do(w, "budi", "POST", w.served()+"/stays", bed(0), 409)
	s = do(w, "budi", "POST", at+"/stays/away", `{"kind":"rumah sakit","from":"2026-03-02"}`, 200, ifMatch(s.Header().Get("ETag")))
	s = do(w, "budi", "POST", at+"/stays/back", `{"day":"2026-03-02"}`, 200, ifMatch(s.Header().Get("ETag")))
	s = do(w, "budi", "POST", at+"/stays/move", bed(1), 200, ifMatch(s.Header().Get("ETag")))
	if got := do(w, "budi", "GET", at+"/stays", "", 200).Header().Get("ETag"); got != s.Header().Get("ETag") {
		t.Errorf("the stay under way has the ETag %s", got)
	}
	other := do(w, "budi", "POST", w.served()+"/stays", bed(0), 201)
	do(w, "budi", "POST", base+"/cases/"+caseOf(other)+"/stays/leave", `{"day":"2026-03-02","left":"keluarga"}`, 200, ifMatch(other.Header().Get("ETag")))
	do(w, "sari", "PUT", base+"/houses/"+string(house.ID), `{"name":"Anggrek 2","beds":[{"id":"`+string(house.Beds[1].ID)+`","name":"2"}]}`, 200, ifMatch(`"1"`))
	var board struct{ Items []casework.HouseView }
	do(w, "desk", "GET", base+"/houses", "", 200).into(&board)
	if len(board.Items) != 1 || board.Items[0].Taken != 1 {
		t.Errorf("the board is %+v", board)
	}

	// Tasks, and the end.
	var task casework.Record[casework.Task]
	do(w, "budi", "POST", at+"/tasks", `{"what":"telepon dinsos","due":"2026-03-09"}`, 201).into(&task)
	do(w, "budi", "POST", at+"/tasks/"+string(task.ID)+"/done", `{"result":"tersambung"}`, 200)
	var tasks struct{ Items []casework.Due }
	do(w, "budi", "GET", base+"/tasks?whose=mine&within=30", "", 200).into(&tasks)
	for _, d := range tasks.Items {
		if d.ID == task.ID {
			t.Error("what is done is due")
		}
	}
	if len(tasks.Items) == 0 {
		t.Error("nothing is due, though a stage runs")
	}
	end := do(w, "budi", "GET", at+"/ending", "", 200)
	do(w, "budi", "POST", at+"/discharge", `{"reason":"reunifikasi","outcome":"tercapai","destination":"rumah"}`, 422, ifMatch(end.Header().Get("ETag"))).fault("body.after")
	do(w, "budi", "POST", at+"/discharge", `{"reason":"reunifikasi","outcome":"tercapai","destination":"rumah","after":"Puskesos"}`, 200, ifMatch(end.Header().Get("ETag")))
	v := do(w, "budi", "POST", at+"/visits", `{"day":"2026-03-02","way":"telepon","condition":"baik"}`, 201)
	var visit casework.Record[casework.Visit]
	v.into(&visit)
	do(w, "budi", "PUT", at+"/visits/"+string(visit.ID), `{"day":"2026-03-02","way":"telepon","condition":"cukup"}`, 200, ifMatch(v.Header().Get("ETag")))
	do(w, "budi", "GET", at+"/visits", "", 200)
	do(w, "budi", "GET", at+"/tasks", "", 200)
	if got := do(w, "budi", "GET", base+"/errands", "", 200).Body.String(); strings.Index(got, `"due"`) > strings.Index(got, `"resting"`) || !strings.Contains(got, `"due"`) {
		t.Errorf("errands %s", got)
	}
	do(w, "budi", "POST", at+"/services", `{"day":"2026-03-02","component":"K1","activity":"makan","base":"residensial"}`, 409)

	cal := do(w, "budi", "GET", base+"/calendar", "", 200)
	body := `{"holidays":[{"day":"2026-03-03","name":"Hari jadi","kind":"libur balai"}],"deadlines":{"access":1,"agreement":3,"assessment":14,"planning":7,"review":30,"consent":3}}`
	do(w, "budi", "PUT", base+"/calendar", body, 403, ifMatch(cal.Header().Get("ETag")))
	do(w, "sari", "PUT", base+"/calendar", body, 200, ifMatch(cal.Header().Get("ETag")))
	do(w, "sari", "PUT", base+"/calendar", body, 409, ifMatch(cal.Header().Get("ETag")))
}

// caseOf is the case that a record which came back belongs to.
func caseOf(a answer) string {
	var r struct{ Case string }
	a.into(&r)
	return r.Case
}

func TestBadCare(t *testing.T) {
	w := newWorld(t)
	at := w.served()
	var rows int
	count := func() int {
		return w.store.Count(casework.Plans) + w.store.Count(casework.Services) + w.store.Count(casework.Tasks) + w.store.Count(casework.Stays) + w.store.Count(casework.Houses)
	}
	rows = count()
	for name, tt := range map[string]struct{ login, method, path, body, location string }{
		"a component that is none":    {"budi", "POST", at + "/services", `{"day":"2026-03-02","component":"K8","activity":"a","base":"residensial"}`, "body.component"},
		"a service of tomorrow":       {"budi", "POST", at + "/services", `{"day":"2026-03-09","component":"K1","activity":"a","base":"residensial"}`, "body.day"},
		"a day that does not exist":   {"budi", "POST", at + "/tasks", `{"what":"a","due":"2026-02-30"}`, "body.due"},
		"a goal that ends too early":  {"budi", "POST", at + "/plan/goals", strings.Replace(goalText, "2026-06-02", "2026-01-02", 1), "body.until"},
		"a bed of nowhere":            {"budi", "POST", at + "/stays", `{"bed":"` + strings.Repeat("9", 32) + `","from":"2026-03-02"}`, "body.bed"},
		"a house without a name":      {"sari", "POST", base + "/houses", `{"name":" ","beds":[]}`, "body.name"},
		"two beds of one name":        {"sari", "POST", base + "/houses", `{"name":"A","beds":[{"name":"1"},{"name":"1"}]}`, "body.beds[1].name"},
		"a conference of nobody":      {"budi", "POST", at + "/conferences", `{"day":"2026-03-01","people":[],"decisions":"a"}`, "body.people"},
		"tasks of whoever":            {"budi", "GET", base + "/tasks?whose=anyone", "", "query.whose"},
		"a state of another kind":     {"budi", "POST", at + "/provisions", `{"kind":"alat bantu","item":"a","state":"lulus","since":"2026-03-02"}`, "body.state"},
		"a deadline of no day":        {"sari", "PUT", base + "/calendar", `{"holidays":[],"deadlines":{"access":0,"agreement":3,"assessment":14,"planning":7,"review":30,"consent":3}}`, "body.deadlines.access"},
		"an ending that is not known": {"budi", "POST", at + "/discharge", `{"reason":"bosan","outcome":"tidak","destination":"a"}`, "body.reason"},
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t).do(tt.login, tt.method, tt.path, tt.body, ifMatch(`"0"`)).want(422).fault(tt.location)
		})
	}
	if count() != rows {
		t.Error("bad input left a record")
	}
}
