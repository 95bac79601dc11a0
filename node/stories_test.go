package node_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// moved is what a case looks like after it moved: open here in a later epoch,
// and a stub that says where at the balai it left.
func moved(t *testing.T, from *nodetest.Balai, left casework.CaseID, to *nodetest.Balai, h casework.HandoffID) casework.CaseID {
	t.Helper()
	from.WaitStage(h, "received")
	to.WaitStage(h, "received")
	id := to.Handoff(h).Case
	here, err := to.Case(id)
	if err != nil || here.Case.State != casework.Open || string(here.Case.From) != from.Code {
		t.Fatalf("at %s the case is %s, from %s: %v", to.Code, here.Case.State, here.Case.From, err)
	}
	stub, err := from.Case(left)
	if err != nil || stub.Case.State != casework.HandedOver || stub.Stub == nil || string(stub.Stub.To) != to.Code {
		t.Fatalf("at %s the case is %s with the stub %+v: %v", from.Code, stub.Case.State, stub.Stub, err)
	}
	need := "diubah di tempat lama"
	var p *nodetest.Problem
	if err := from.TryEdit(stub.Case, casework.Patch{Need: &need}); !errors.As(err, &p) || p.Status != http.StatusConflict {
		t.Errorf("an edit at %s after the handover: %v, want a conflict", from.Code, err)
	}
	return id
}

// refused returns the problem that the door must have answered.
func refused(t *testing.T, err error, status int, field string) {
	t.Helper()
	var p *nodetest.Problem
	if !errors.As(err, &p) || p.Status != status {
		t.Fatalf("%v, want status %d", err, status)
	}
	if field != "" && !slices.ContainsFunc(p.Errors, func(e struct{ Location, Message string }) bool { return strings.HasSuffix(e.Location, field) }) {
		t.Errorf("%v, want a word about %s", err, field)
	}
}

// here waits until the file of a handoff is at its destination, gives it to the
// social worker there, and returns it.
func here(c *nodetest.Cluster, to *nodetest.Balai, h casework.HandoffID) casework.CaseID {
	c.T.Helper()
	c.WaitFor("the packet at "+to.Code, func() bool { return to.Handoff(h).Packet == "here" })
	id := to.Handoff(h).Case
	to.Assign(id)
	return id
}

// A child with a disability goes from Magelang to Surakarta. The acceptance has
// conditions, the X-ray follows the file, the population number is told later.
func TestAChildGoesFromMagelangToSurakarta(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	mgl, srk := c.Of("MGL"), c.Of("SRK")
	child := mgl.Open("Rahmat", map[string]any{
		"urgency": "24h", "basis": "public task", "ppks": []string{"05"}, "ragam": []string{"fisik"}, "source": "Dinsos",
		"claims": []map[string]string{
			{"kind": "name", "value": "Rahmat", "standing": "stated", "source": "nenek"},
			{"kind": "born", "value": "2014..2016", "standing": "estimated"},
			{"kind": "nik", "value": casework.NotYet, "standing": "not known", "source": "belum akta"},
		},
	})
	mgl.Note(child.ID, "rapid assessment", "Kurang gizi, kontraktur, aman bersama nenek.")
	mgl.Consent(child.ID, map[string]any{"scope": "processing", "purpose": "layanan", "how": "thumbprint", "givenBy": "guardian", "witness": "TKSK"})
	mgl.MoveStage(child.ID, casework.Agreement, "")
	mgl.Document(child.ID, "medical", "Asesmen fisioterapi", "Perlu kursi roda dan fisioterapi tiga bulan.")

	byConsent := map[string]any{"basis": "consent", "basisWhy": "", "residential": true, "wanted": "fisioterapi tiga bulan", "journey": "kursi roda"}
	if _, err := mgl.TryOffer(child.ID, "SRK", byConsent); err == nil {
		t.Fatal("a file left without the consent to share it")
	}
	mgl.Consent(child.ID, map[string]any{
		"scope": "sharing", "recipient": "SRK", "purpose": "rujukan", "how": "thumbprint", "givenBy": "guardian", "witness": "TKSK",
	})
	h := mgl.Offer(child.ID, "SRK", byConsent)
	srk.WaitStage(h.ID, "offered")
	if s := srk.Handoff(h.ID).Summary; s == nil || s.Initials == "" || strings.Contains(fmt.Sprint(s), "Rahmat") || s.Journey != "kursi roda" {
		t.Errorf("what Surakarta decides on: %+v", s)
	}

	srk.Act(h.ID, "accept", map[string]any{"conditional": true, "text": "Hasil rontgen menyusul, wali ikut."})
	mgl.WaitStage(h.ID, "accepted")
	if got := mgl.Handoff(h.ID); !got.Conditional || len(got.Talk) != 1 || got.Talk[0].Text != "Hasil rontgen menyusul, wali ikut." {
		t.Errorf("the conditions as Magelang reads them: %v %+v", got.Conditional, got.Talk)
	}
	mgl.Document(child.ID, "medical", "Rontgen", strings.Repeat("bayangan tulang ", 2000))
	need := "tidak boleh"
	frozen, err := mgl.Case(child.ID)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, mgl.TryEdit(frozen.Case, casework.Patch{Need: &need}), http.StatusLocked, "")

	mgl.Act(h.ID, "depart", nil)
	srk.WaitStage(h.ID, "departed")
	there := here(c, srk, h.ID)
	srk.Note(there, "progress", "Tiba 13.40 WIB, diperiksa perawat.")
	refused(t, srk.TryAct(h.ID, "receive", nil), http.StatusUnprocessableEntity, "form.handedBy")
	srk.Act(h.ID, "receive", map[string]any{"form": nodetest.Record})
	moved(t, mgl, child.ID, srk, h.ID)
	c.WaitFor("the X-ray at Surakarta", func() bool { return len(srk.Documents(there)) == 2 })

	srk.Claim(there, casework.ClaimNIK, "3307014508150003", casework.Verified, "Dukcapil Wonosobo")
	srk.MoveStage(there, casework.Agreement, "")
	srk.Consent(there, map[string]any{"scope": "sharing", "recipient": "MGL", "purpose": "sekolah", "how": "thumbprint", "givenBy": "guardian", "witness": "Puskesos"})
	back := srk.Offer(there, "MGL", map[string]any{"basis": "consent", "basisWhy": "", "wanted": "sekolah dan pascalayanan"})
	mgl.WaitStage(back.ID, "offered")
	mgl.Act(back.ID, "accept", nil)
	c.WaitFor("the file back at Magelang", func() bool { return mgl.Handoff(back.ID).Packet == "here" })
	mgl.Act(back.ID, "receive", nil)
	if again := moved(t, srk, there, mgl, back.ID); again != child.ID {
		t.Errorf("the child came back as another case, %s", again)
	}
	home, err := mgl.Case(child.ID)
	if err != nil || home.Person.Value(casework.ClaimNIK) != "3307014508150003" || home.Case.Epoch != 3 {
		t.Errorf("Magelang reads the number %q in epoch %d: %v", home.Person.Value(casework.ClaimNIK), home.Case.Epoch, err)
	}
	c.Check()
}

// An older woman with dementia goes from Bekasi to Gowa. She is handed over on
// paper while the link is down, and both sides write on meanwhile.
func TestAnOlderWomanGoesFromBekasiToGowa(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "BKS", "GWA")
	bks, gwa := c.Of("BKS"), c.Of("GWA")
	woman := bks.Open("Tidak dikenal", map[string]any{
		"urgency": "24h", "claims": []map[string]string{
			{"kind": "name", "value": casework.NotYet, "standing": "not known"},
			{"kind": "born", "value": "1950..1954", "standing": "estimated"},
			{"kind": "language", "value": "Makassar", "standing": "stated"},
		},
	})
	bks.Document(woman.ID, "police", "Surat keterangan", "Ditemukan di terminal pukul 23.10 WIB, membawa Rp47.000 dan cincin.")
	for _, name := range []string{"Saenab", "Senabe", "Daeng So'na"} {
		bks.Claim(woman.ID, casework.ClaimName, name, casework.Stated, "yang bersangkutan")
	}
	bks.Claim(woman.ID, casework.ClaimNIK, "7306014107500021", casework.Verified, "Dukcapil Kota Bekasi")
	h := bks.Offer(woman.ID, "GWA", map[string]any{"residential": true, "journey": "dua pendamping, satu perempuan"})
	gwa.WaitStage(h.ID, "offered")
	gwa.Act(h.ID, "ask", map[string]any{"text": "BPJS aktif di Gowa?"})
	gwa.WaitStage(h.ID, "asked")
	bks.WaitStage(h.ID, "asked")
	bks.Act(h.ID, "answer", map[string]any{"text": "Dipindahkan minggu lalu."})
	gwa.WaitStage(h.ID, "offered")
	gwa.Act(h.ID, "accept", map[string]any{"conditional": true, "text": "Dua pendamping, satu perempuan."})
	bks.WaitStage(h.ID, "accepted")
	bks.Act(h.ID, "depart", nil)
	gwa.WaitStage(h.ID, "departed")
	there := here(c, gwa, h.ID)

	c.Cut("GWA")
	gwa.Document(there, "photo", "Memar", "lebam di lengan kiri, difoto 21.55 WITA")
	paper := map[string]string{}
	for k, v := range nodetest.Record {
		paper[k] = v
	}
	paper["time"], paper["place"], paper["notes"] = "22.30 WITA", "Bandara Sultan Hasanuddin", "BAST kertas, dipindai keesokan hari"
	gwa.Act(h.ID, "receive", map[string]any{"form": paper})
	if x := gwa.Handoff(h.ID); x.Stage != "departed" || x.Pending != "receive" {
		t.Errorf("without a link the handoff is %s with %q on its way, want departed with receive", x.Stage, x.Pending)
	}
	arriving, err := gwa.Case(there)
	if err != nil || arriving.Case.State != casework.Arriving {
		t.Fatalf("at Gowa the case is %s before the ledger has it: %v", arriving.Case.State, err)
	}
	need := "terlalu pagi"
	refused(t, gwa.TryEdit(arriving.Case, casework.Patch{Need: &need}), http.StatusLocked, "")
	gwa.Note(there, "progress", "Ia mengenali bahasa perawat.")
	bks.Note(woman.ID, "progress", "Pesawat terlambat satu jam.")
	frozen, err := bks.Case(woman.ID)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, bks.TryEdit(frozen.Case, casework.Patch{Need: &need}), http.StatusLocked, "")

	c.Heal("GWA")
	moved(t, bks, woman.ID, gwa, h.ID)
	c.WaitFor("what Bekasi wrote meanwhile at Gowa", func() bool { return len(gwa.Notes(there)) == 2 })
	record := bks.Handoff(h.ID).Talk
	if last := record[len(record)-1]; last.Form["time"] != "22.30 WITA" || string(last.By) != "GWA" {
		t.Errorf("the record of the handover as Bekasi reads it: %+v", last)
	}
	now, err := gwa.Case(there)
	if err != nil || now.Person.Value(casework.ClaimNIK) != "7306014107500021" || !strings.HasPrefix(now.Case.Number, "GWA-") {
		t.Errorf("at Gowa: number %s, claims %+v: %v", now.Case.Number, now.Person.Claims, err)
	}
	gwa.Edit(now.Case, casework.Patch{Need: &need})
	c.Check()
}

// Ten unknown men go from a full shelter to Baturraden under one letter. Each is
// answered for himself, and one who was taken in is sent back.
func TestTenMenGoUnderOneLetter(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "BKS", "BTR")
	bks, btr := c.Of("BKS"), c.Of("BTR")
	var men []casework.CaseID
	for i := range 10 {
		man := bks.Open(fmt.Sprintf("Mr. X %d", i+1), map[string]any{"claims": []map[string]string{
			{"kind": "alias", "value": fmt.Sprintf("Mr. X %d", i+1), "standing": "estimated"},
			{"kind": "found", "value": fmt.Sprintf("barak B, baris %d", 31+i), "standing": "stated"},
		}})
		bks.Note(man.ID, "progress", fmt.Sprintf("Baris %d daftar pengirim.", 31+i))
		men = append(men, man.ID)
	}
	group := bks.OfferGroup(men, "BTR", map[string]any{"residential": true, "reason": "panti penuh", "wanted": "rehabilitasi"})
	c.WaitFor("ten offers at Baturraden", func() bool { return len(btr.Handoffs(casework.In, "offered")) == 10 })
	for _, h := range group {
		if got := btr.Handoff(h.ID); got.Group == "" || got.Group != group[0].Group {
			t.Errorf("%s came with the letter %q, want %q", h.ID, got.Group, group[0].Group)
		}
	}

	btr.Act(group[9].ID, "decline", map[string]any{"reason": "kriteria penerimaan", "text": "perlu rumah sakit dahulu"})
	btr.Act(group[8].ID, "redirect", map[string]any{"reason": "perlu layanan lain dahulu", "redirect": "SRK"})
	btr.Act(group[7].ID, "ask", map[string]any{"text": "hasil uji usap?"})
	btr.WaitStage(group[7].ID, "asked")
	bks.WaitStage(group[7].ID, "asked")
	bks.Act(group[7].ID, "answer", map[string]any{"text": "negatif"})
	btr.WaitStage(group[7].ID, "offered")
	for i, h := range group[:8] {
		in := map[string]any{}
		if i%2 == 1 {
			in = map[string]any{"conditional": true, "text": "obat tujuh hari"}
		}
		btr.Act(h.ID, "accept", in)
	}
	for _, h := range group[:8] {
		bks.WaitStage(h.ID, "accepted")
		bks.Act(h.ID, "depart", nil)
	}
	bks.WaitStage(group[6].ID, "departed")
	bks.Act(group[6].ID, "cancel", map[string]any{"reason": "gagal berangkat"})
	btr.WaitStage(group[6].ID, "cancelling")
	btr.Act(group[6].ID, "confirm-cancel", nil)
	taken := slices.Concat(group[:6], group[7:8])
	for _, h := range taken {
		btr.WaitStage(h.ID, "departed")
		c.WaitFor("the packet", func() bool { return btr.Handoff(h.ID).Packet == "here" })
		btr.Act(h.ID, "receive", map[string]any{"form": nodetest.Record})
	}
	for _, h := range taken {
		moved(t, bks, h.Case, btr, h.ID)
	}
	for i, want := range map[int]string{6: "cancelled", 8: "redirected", 9: "declined"} {
		bks.WaitStage(group[i].ID, want)
		if over, err := bks.Case(men[i]); err != nil || over.Case.State != casework.Open {
			t.Errorf("man %d was %s and his case is %s: %v", i+1, want, over.Case.State, err)
		}
	}

	first := btr.Handoff(group[0].ID).Case
	btr.Assign(first)
	btr.Note(first, "incident", "Keluarga mencari di Bekasi.")
	returned := btr.Offer(first, "BKS", map[string]any{"reason": "keluarga ditemukan"})
	bks.WaitStage(returned.ID, "offered")
	bks.Act(returned.ID, "accept", nil)
	c.WaitFor("the packet of the man who returns", func() bool { return bks.Handoff(returned.ID).Packet == "here" })
	bks.Act(returned.ID, "receive", nil)
	if id := moved(t, btr, first, bks, returned.ID); id != men[0] {
		t.Errorf("he came back as the case %s, want %s", id, men[0])
	}
	c.Check()
}
