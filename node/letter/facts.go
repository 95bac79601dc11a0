package letter

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"serasi/node/casework"
)

// gather collects what is known and may be said in a letter, so that nobody
// types again what the case already holds.
func (d *Desk) gather(tx casework.Tx, by casework.Actor, c *casework.Case, b begun) (facts, error) {
	f := facts{one: map[string]string{}, list: map[string][]casework.LetterRow{}}
	f.set("laws", d.laws())
	if b.h != nil {
		d.ofSaid(f, b)
		d.ofHandoff(f, *b.h)
	}
	if c == nil {
		return f, nil
	}
	p, err := loadPerson(tx, *c)
	if err != nil {
		return f, err
	}
	d.ofCase(f, *c, p)
	for _, read := range []func(casework.Tx, casework.Actor, *casework.Case, facts) error{d.ofConsents, d.ofPapers, d.ofCare, d.ofReport} {
		if err := read(tx, by, c, f); err != nil {
			return f, err
		}
	}
	return f, nil
}

// laws are the rules that a handoff rests on today. They are the same for
// everybody: one that holds only for some would tell what the letter must not.
func (d *Desk) laws() string {
	var codes []string
	for _, l := range casework.LawsFor("referral", d.today()) {
		codes = append(codes, l.Code)
	}
	return strings.Join(codes, "; ")
}

var sexWords = map[string]string{"L": "Laki-laki", "P": "Perempuan"}

var basisWords = map[casework.Basis]string{
	casework.ByConsent: "Persetujuan", casework.ByContract: "Perjanjian", casework.ByLegalDuty: "Kewajiban hukum",
	casework.ByVitalInterest: "Kepentingan vital", casework.ByPublicTask: "Tugas pelayanan publik", casework.ByLegitimate: "Kepentingan yang sah",
}

func (d *Desk) ofCase(f facts, c casework.Case, p casework.Person) {
	now := d.cfg.Clock()
	for name, v := range map[string]string{
		"name": p.Name(), "initials": p.Initials(), "number": c.Number, "numberThere": c.NumberThere, "alias": p.Value(casework.ClaimAlias),
		"nik": p.Value(casework.ClaimNIK), "sex": sexWords[p.Value(casework.ClaimSex)], "age": p.AgeBand(now), "birthplace": p.Value(casework.ClaimBirthplace),
		"born": born(p.Value(casework.ClaimBorn)), "mother": p.Value(casework.ClaimMother), "address": p.Value(casework.ClaimAddress),
		"domicile": p.Value(casework.ClaimDomicile), "region": p.Value(casework.ClaimRegion), "found": p.Value(casework.ClaimFound),
		"marks": p.Value(casework.ClaimMarks), "basis": basisWords[c.Basis], "source": c.Source, "opened": d.day(c.Opened),
	} {
		f.set(name, v)
	}
	if b, ok := p.Born(); ok {
		if young, old := b.Age(now); young == old {
			f.one["age"] = strconv.Itoa(young) + " tahun"
		}
	}
	f.set("wanted", c.Need)
	f.set("to", d.cfg.Name(d.cfg.Balai, d.today()))
	for _, cl := range p.Claims {
		if name := claimWords[cl.Kind]; name != "" && cl.Value != casework.NotYet {
			f.list["claims"] = append(f.list["claims"], casework.LetterRow{Name: name, Value: d.claim(cl)})
		}
	}
}

// set keeps what is known first: what goes with a handoff says more than what
// the case holds.
func (f facts) set(name, v string) {
	if f.one[name] == "" && strings.TrimSpace(v) != "" {
		f.one[name] = v
	}
}

var claimWords = map[casework.ClaimKind]string{
	casework.ClaimName: "Nama", casework.ClaimAlias: "Nama panggilan", casework.ClaimNIK: "NIK", casework.ClaimKK: "No. KK", casework.ClaimBorn: "Lahir",
	casework.ClaimBirthplace: "Tempat lahir", casework.ClaimMother: "Nama ibu kandung", casework.ClaimAddress: "Alamat", casework.ClaimFound: "Ditemukan",
}

var standingWords = map[casework.Standing]string{
	casework.Verified: "terverifikasi Dukcapil", casework.Documented: "sesuai dokumen", casework.Stated: "pengakuan", casework.Estimated: "perkiraan",
	casework.Recording: "dalam proses rekam", casework.NotKnown: "tidak dikenal",
}

func (d *Desk) claim(cl casework.Claim) string {
	value := cl.Value
	if cl.Kind == casework.ClaimBorn {
		value = born(value)
	}
	from := standingWords[cl.Standing]
	if cl.Source != "" {
		from += ", " + cl.Source
	}
	return fmt.Sprintf("%s (%s; %s)", value, from, d.day(cl.At))
}

// born writes a birth date with its precision.
func born(v string) string {
	switch from, to, spans := strings.Cut(v, ".."); {
	case spans:
		return "antara tahun " + from + " dan " + to
	case casework.IsDay(v):
		return casework.IndonesianDay(v)
	}
	return v
}

func (d *Desk) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return casework.IndonesianDay(t.In(d.cfg.Zone).Format(time.DateOnly))
}

// answerWords say what was decided, by the stage of a handoff or the act that
// still waits for the ledger.
var answerWords = map[string]string{
	"accepted": "Diterima", "accept": "Diterima", "waitlisted": "Masuk daftar tunggu", "wait": "Masuk daftar tunggu", "declined": "Ditolak",
	"decline": "Ditolak", "redirected": "Dialihkan", "redirect": "Dialihkan", "asked": "Diminta keterangan", "ask": "Diminta keterangan",
	"departed": "Diterima", "received": "Diterima", "in-service": "Diterima", "on-hold": "Diterima", "reported": "Diterima",
}

func (d *Desk) ofHandoff(f facts, h casework.Handoff) {
	on := d.today()
	f.set("from", d.cfg.Name(h.From, on))
	f.set("to", d.cfg.Name(h.To, on))
	f.set("deadline", d.day(h.Deadline))
	f.set("expected", d.day(h.Expected))
	if h.Conditional && f.one["answer"] == "Diterima" {
		f.one["answer"] = "Diterima bersyarat"
	}
	f.set("answerReason", h.Reason)
	if h.Redirect != "" {
		f.set("redirect", d.cfg.Name(h.Redirect, on))
	}
	if s := h.Summary; s != nil {
		for name, v := range map[string]string{
			"initials": s.Initials, "reason": s.Reason, "wanted": s.Wanted, "given": s.Given, "health": s.Health, "journey": s.Journey,
			"contact": s.Contact, "basis": basisWords[s.Basis],
		} {
			f.set(name, v)
		}
		if h.Box == casework.In {
			f.set("numberThere", s.Number)
		}
		f.set("dataKind", "Berkas kasus digital tersegel untuk balai tujuan, beserta lampirannya")
		f.set("dataVolume", strconv.Itoa(s.Pages)+" dokumen, "+strconv.FormatInt(s.Bytes/1024, 10)+" KiB")
		f.set("dataWay", "Dikirim langsung antarsimpul, diperiksa terhadap sidik digital di buku besar")
	}
	for _, r := range h.Talk {
		for key, v := range r.Form {
			f.set("form."+key, v)
		}
	}
	for _, r := range slices.Backward(h.Talk) { // the last word counts
		if r.By == d.cfg.Balai && answerWords[r.Act] != "" {
			f.set("said", r.Text)
		}
	}
}

// ofSaid takes what was said just now, which the handoff may not show yet.
func (d *Desk) ofSaid(f facts, b begun) {
	f.set("answer", answerWords[b.answer()])
	if b.said.Conditional {
		f.one["answer"] = "Diterima bersyarat"
	}
	f.set("said", b.said.Text)
	f.set("answerReason", b.said.Reason)
	f.set("expected", d.day(b.said.Expected))
	if b.said.Redirect != "" {
		f.set("redirect", d.cfg.Name(b.said.Redirect, d.today()))
	}
	for key, v := range b.said.Form {
		f.set("form."+key, v)
	}
}

// answering keeps only acts that are answers.
func answering(act string) string {
	if answerWords[act] == "" {
		return ""
	}
	return act
}

func (d *Desk) ofConsents(tx casework.Tx, _ casework.Actor, c *casework.Case, f facts) error {
	list, err := casework.RowsOf[casework.Consent](tx, casework.Consents, c.ID)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b casework.Consent) int { return b.At.Compare(a.At) })
	for _, v := range list {
		if v.Valid(d.cfg.Clock()) && v.Scope == casework.ForSharing {
			f.set("consent", strings.TrimSpace(giverWords[v.GivenBy]+", "+wayWords[v.How]+", "+d.day(v.At)))
			break
		}
	}
	return nil
}

var giverWords = map[string]string{"person": "Penerima manfaat", "guardian": "Wali", "family": "Keluarga", "officer": "Petugas (keadaan darurat)"}

var wayWords = map[string]string{"written": "tertulis", "spoken": "lisan", "thumbprint": "cap jempol", "guardian": "lewat wali", "video": "video"}

var paperWords = map[string]string{
	"ktp": "KTP", "kk": "KK", "akta": "Akta kelahiran", "consent": "Persetujuan", "medical": "Hasil medis", "police": "Surat kepolisian",
	"letter": "Surat", "photo": "Foto", "other": "Lainnya",
}

// ofPapers lists the kinds of the documents, not their titles, which may say
// anything.
func (d *Desk) ofPapers(tx casework.Tx, _ casework.Actor, c *casework.Case, f facts) error {
	list, err := casework.RowsOf[casework.Document](tx, casework.Documents, c.ID)
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, v := range list {
		count[v.Kind]++
	}
	var out []string
	for _, kind := range casework.DocumentKinds {
		if n := count[kind]; n > 0 {
			out = append(out, fmt.Sprintf("%s (%d)", paperWords[kind], n))
		}
	}
	f.set("papers", strings.Join(out, ", "))
	return nil
}

// ofCare takes the conference, the services and the end of the case.
func (d *Desk) ofCare(tx casework.Tx, _ casework.Actor, c *casework.Case, f facts) error {
	meetings, err := newest[casework.Conference](tx, casework.Conferences, c.ID)
	if err != nil {
		return err
	}
	if len(meetings) > 0 {
		f.set("conference", casework.IndonesianDay(string(meetings[0].Data.Day)))
	}
	services, err := newest[casework.Service](tx, casework.Services, c.ID)
	if err != nil {
		return err
	}
	var given []string
	for _, s := range services {
		if line := s.Data.Component + " " + s.Data.Activity; !slices.Contains(given, line) && len(given) < 20 {
			given = append(given, line)
		}
	}
	f.set("given", strings.Join(given, "\n"))
	ends, err := newest[casework.Discharge](tx, casework.Discharges, c.ID)
	if err != nil || len(ends) == 0 {
		return err
	}
	e := ends[0].Data
	for name, v := range map[string]string{
		"end.reason": e.Reason, "end.outcome": e.Outcome, "end.results": e.Results, "end.destination": e.Destination, "end.with": e.With,
		"end.papers": strings.Join(e.Papers, ", "), "end.after": cmp.Or(e.After, e.NoAfter),
	} {
		f.set(name, v)
	}
	if e.Functioning > 0 {
		f.set("end.functioning", strconv.Itoa(e.Functioning))
	}
	return nil
}

// reportForm is the form a social report is written from.
const reportForm = "F9"

// ofReport takes the newest social report form. A section of a secrecy group
// goes only to who may see it.
func (d *Desk) ofReport(tx casework.Tx, by casework.Actor, c *casework.Case, f facts) error {
	sheets, err := casework.RowsOf[casework.FormSheet](tx, casework.FormSheets, c.ID)
	if err != nil {
		return err
	}
	var last *casework.FormSheet
	for _, s := range sheets {
		if strings.HasPrefix(string(s.Form), reportForm) && (last == nil || s.At.After(last.At)) {
			last = &s
		}
	}
	if last == nil {
		return nil
	}
	answers, err := casework.RowsOf[casework.FormAnswer](tx, casework.FormAnswers, c.ID)
	if err != nil {
		return err
	}
	form, err := casework.FormFor(tx, c.ID, last.Form)
	if err != nil {
		return err
	}
	for key, a := range casework.Latest(answers, last.ID) {
		section, asked := form.Section(key)
		if !asked || a.Secrecy != "" && !slices.Contains(by.Grants, a.Secrecy) {
			continue
		}
		for _, field := range section.Fields {
			f.set("f9."+field.Key, form.Read(field, a.Values, casework.Indonesian))
		}
	}
	return nil
}

// newest reads records of care, the newest first.
func newest[T any](tx casework.Tx, t casework.Table, owner casework.CaseID) ([]casework.Record[T], error) {
	list, err := casework.RowsOf[casework.Record[T]](tx, t, owner)
	slices.SortStableFunc(list, func(a, b casework.Record[T]) int { return b.Written.Compare(a.Written) })
	return list, err
}
