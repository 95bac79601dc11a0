package api_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/exchange"
)

// importDesk is the real desk on the store of the world, at work until the test
// ends.
func importDesk(t testing.TB, w *world) *exchange.Desk {
	t.Helper()
	desk, err := exchange.New(exchange.Config{
		Store: w.store, Gate: access.Gate{}, Trail: access.Trail{Clock: w.clock.now}, Cases: w.care, Files: nothing{},
		Doubles: func(casework.Person, int) []casework.Match { return nil }, Forget: func(casework.CaseID) {},
		Shred: func(context.Context, ...string) error { return nil }, Copy: w.care.Export, Clock: w.clock.now, NewID: w.newID(), Balai: "SRK", Zone: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { desk.Run(ctx) })
	t.Cleanup(func() {
		stop()
		all.Wait()
	})
	return desk
}

// newID makes ids that no other room of the world makes.
func (w *world) newID() func() string {
	var mu sync.Mutex
	made := 0
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		made++
		return strings.Repeat("e", 24) + strings.Repeat("0", 7) + string("0123456789abcdef"[made%16])
	}
}

const tableFile = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"daftar.csv\"\r\n\r\nNama;L/P\nSiti Rekaan;P\nBudi Rekaan;salah\n\r\n--x--\r\n"

// everyImportCall is the part of TestEveryCall about tables and archives.
func everyImportCall(w *world, do doer) {
	t := w.t
	t.Helper()
	var u casework.Upload
	do(w, "head", "POST", base+"/imports", tableFile, 201, media("multipart/form-data; boundary=x")).into(&u)
	at := base + "/imports/" + string(u.ID)
	a := do(w, "head", "GET", at, "", 200)
	w.do("budi", "GET", at, "").want(403)
	w.do("head", "POST", base+"/imports", `{}`, media("application/json")).want(415)
	mapping := `{"targets":["name","sex"],"urgency":"normal","basis":"public task"}`
	w.do("head", "POST", at+"/mapping", `{"targets":["name","name"],"urgency":"normal","basis":"public task"}`, ifMatch(a.Header().Get("ETag"))).want(422)
	do(w, "head", "POST", at+"/mapping", mapping, 200, ifMatch(a.Header().Get("ETag")))
	a = do(w, "head", "GET", at, "", 200)
	if a.into(&u); u.State != casework.ImportChecked || u.Good != 1 || u.Bad != 1 {
		t.Fatalf("checked %+v", u)
	}
	var rows casework.Page[casework.ImportRow]
	do(w, "head", "GET", at+"/rows?state=bad", "", 200).into(&rows)
	if len(rows.Items) != 1 || rows.Items[0].No != 3 {
		t.Errorf("rows %+v", rows)
	}
	w.do("head", "POST", at+"/run", `{}`, ifMatch(`"1"`)).want(409)
	do(w, "head", "POST", at+"/run", `{}`, 200, ifMatch(a.Header().Get("ETag")))
	a = do(w, "head", "GET", at, "", 200)
	if a.into(&u); u.State != casework.ImportDone || u.Opened != 1 {
		t.Fatalf("run %+v", u)
	}
	do(w, "head", "GET", at+"/rows?state=opened", "", 200).into(&rows)
	archive := base + "/cases/" + string(rows.Items[0].Case) + "/archive"
	if z := do(w, "head", "POST", archive, `{"kind":"whole"}`, 200); !strings.HasPrefix(z.Body.String(), "PK") || z.Header().Get("Content-Type") != "application/zip" {
		t.Errorf("an archive of %d bytes as %s", z.Body.Len(), z.Header().Get("Content-Type"))
	}
	w.do("head", "POST", archive, `{"kind":"all"}`).want(422).fault("body.kind")
	w.do("budi", "POST", archive, `{"kind":"whole"}`).want(403)
	do(w, "head", "POST", at+"/undo", "", 200, ifMatch(a.Header().Get("ETag")))
	a = do(w, "head", "GET", at, "", 200)
	if a.into(&u); u.State != casework.ImportUndone || u.Undone != 1 {
		t.Fatalf("undone %+v", u)
	}
	do(w, "head", "DELETE", at, "", 204, ifMatch(a.Header().Get("ETag")))
	var all struct{ Items []casework.Upload }
	if do(w, "head", "GET", base+"/imports", "", http.StatusOK).into(&all); len(all.Items) != 0 {
		t.Errorf("after it was thrown away: %+v", all.Items)
	}
}
