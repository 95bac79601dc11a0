package main

import (
	"net/http"

	"serasi/node"
)

// story1 is a child with a disability who goes from Magelang to Surakarta for
// three months: intake, consent, offer, four ticks, journey, handover, and the
// way back of what was learnt.
var story1 = []func(*stage){
	func(s *stage) { // registered at the front desk, without NIK and birth certificate
		p := s.person(child1)
		if s.err != nil {
			return
		}
		var o opened
		s.post("MGL", desk, "/cases", p.intake("", s.at("MGL").Users[worker]), &o)
		s.r.Cases[child1], s.r.Handles[child1] = string(o.Case.ID), o.Case.Handle
		s.say("MGL", desk, "mendaftarkan R., 11 tahun: NIK belum ada, tahun lahir kira-kira. Nomor %s", "registers R., 11: no NIK yet, birth year estimated. Number %s", o.Case.Number)
	},
	func(s *stage) { // rapid assessment and agreement
		p, id := s.person(child1), s.r.Cases[child1]
		for _, n := range p.Notes {
			s.post("MGL", worker, path("cases", id, "notes"), n, nil)
		}
		for _, c := range p.Consents {
			if c.Scope == "processing" {
				s.post("MGL", worker, path("cases", id, "consents"), c, nil)
			}
		}
		s.stageTo("MGL", id, 2)
		s.stageTo("MGL", id, 3)
		s.say("MGL", worker, "asesmen cepat dan kesepakatan dengan wali", "rapid assessment and agreement with the guardian")
	},
	func(s *stage) { // comprehensive assessment, with the team
		id := s.r.Cases[child1]
		s.assess("MGL", child1, id)
		s.stageTo("MGL", id, 4)
		s.say("MGL", worker, "asesmen komprehensif bersama psikolog dan perawat; tahap 4, perencanaan", "comprehensive assessment with psychologist and nurse; stage 4, planning")
	},
	func(s *stage) { // consent to share, given later than the agreement
		id := s.r.Cases[child1]
		for _, c := range s.person(child1).Consents {
			if c.Scope == "sharing" {
				s.post("MGL", worker, path("cases", id, "consents"), c, nil)
			}
		}
		s.say("MGL", worker, "nenek menyetujui berkas dibagikan ke SRK (cap jempol, saksi)", "the grandmother agrees to share the file with SRK (thumbprint, witness)")
	},
	func(s *stage) {
		s.offer("MGL", child1, "child", "transfers", map[string]any{
			"to": "SRK", "residential": true, "reason": "Perlu kursi roda dan fisioterapi yang tidak ada di sini.",
			"wanted": "Tiga bulan di asrama anak dengan pendamping, kursi roda, fisioterapi, penguatan keluarga.",
			"given":  "Nutrisi, tempat aman, pendampingan.", "health": "Kontraktur kedua tungkai; berat badan kurang.",
			"journey": "Mobil, didampingi nenek dan peksos.", "contact": "Loket Sentra Antasena",
		})
		s.say("MGL", head, "menandatangani surat rujukan ke SRK; berkas dibekukan, boleh menyusul saja", "signs the letter to SRK; the file is frozen, only addenda from now on")
		s.showTicks(s.handoff("MGL", "child"))
	},
	func(s *stage) {
		s.reaches("SRK", "child", "offered")
		s.showTicks(s.await("MGL", "child", "delivered", func(h node.Handoff) bool { return !h.Ticks.Delivered.IsZero() }))
		s.act("SRK", head, "child", "read", nil)
		s.say("SRK", head, "membaca ringkasan tersegel: inisial, umur, kebutuhan; tanpa nama", "reads the sealed summary: initials, age, needs; no name")
		s.showTicks(s.await("MGL", "child", "read", func(h node.Handoff) bool { return !h.Ticks.Read.IsZero() }))
	},
	func(s *stage) {
		s.act("SRK", head, "child", "accept", map[string]any{"conditional": true, "text": "Hasil rontgen menyusul; wali ikut."})
		s.say("SRK", head, "menerima bersyarat: hasil rontgen menyusul, wali ikut", "accepts on conditions: X-ray to follow, the guardian comes along")
		s.showTicks(s.await("MGL", "child", "answered", func(h node.Handoff) bool { return h.Stage == "accepted" && !h.Ticks.Answered.IsZero() }))
	},
	func(s *stage) {
		h := s.await("SRK", "child", "packet", func(h node.Handoff) bool { return h.Packet == "here" && h.Case != "" })
		s.say("SRK", "simpul", "mengambil berkas lengkap langsung dari MGL: tersegel, utuh menurut buku besar", "fetches the whole file straight from MGL: sealed, and whole by the ledger")
		s.assign("SRK", string(h.Case))
		s.say("SRK", head, "disposisi: kasus dipegang peksos SRK", "assigns the case to a social worker of SRK")
	},
	func(s *stage) {
		s.post("MGL", worker, path("cases", s.r.Cases[child1], "notes"), map[string]any{
			"kind": "progress", "text": "Hasil rontgen: subluksasi pinggul kanan. Foto menyusul bersama berkas.", "addendum": true,
		}, nil)
		s.say("MGL", worker, "menulis catatan susulan: hasil rontgen", "writes an addendum: the X-ray")
		s.act("MGL", head, "child", "depart", map[string]any{"text": "Berangkat dengan sopir, peksos dan nenek; obat dibawa."})
		s.reaches("SRK", "child", "departed")
		s.say("MGL", head, "mencatat keberangkatan; tanggung jawab masih di MGL", "records the departure; MGL is still responsible")
	},
	func(s *stage) {
		s.act("SRK", worker, "child", "receive", s.record("WIB", "Sentra Terpadu Soeharso, Surakarta", "peksos Antasena", "peksos Soeharso",
			"baik, lelah", "satu tas pakaian, satu boneka", "Berita acara ditandatangani kedua pihak."))
		s.reaches("SRK", "child", "received")
		s.reaches("MGL", "child", "received")
		s.r.Owners[child1] = "SRK"
		s.say("SRK", worker, "tiba dan BAST ditandatangani: tanggung jawab pindah ke SRK, di kelima simpul pada nomor yang sama",
			"arrived, record signed: responsibility moves to SRK, on all five nodes at the same number")
	},
	afterChild,
	feedback,
}

// afterChild shows that only one balai can write now, and that the addendum came.
func afterChild(s *stage) {
	c, err := s.as("MGL", worker)
	if s.err = err; err != nil {
		return
	}
	err = c.post(s.ctx, path("cases", s.r.Cases[child1], "notes"), map[string]any{"kind": "progress", "text": "x"}, nil)
	if !isStatus(err, http.StatusConflict) {
		s.err = err
		if err == nil {
			s.fault("MGL could still write to the case")
		}
		return
	}
	s.say("MGL", worker, "mencoba menulis lagi dan ditolak: kasus sudah di SRK; salinan baca tetap ada", "tries to write again and is refused: the case is at SRK; a read-only stub stays")
	h := s.handoff("SRK", "child")
	s.noteArrives("SRK", string(h.Case), "rontgen")
	s.say("SRK", worker, "membaca catatan susulan dari MGL", "reads the addendum from MGL")
	s.post("SRK", worker, path("cases", string(h.Case), "claims"), map[string]any{
		"claims": []claim{{Kind: "birthplace", Value: "Wonosobo", Standing: "documented", Source: "akta, Dukcapil Wonosobo"}},
	}, nil)
	s.say("SRK", worker, "akta terbit: keterangan identitas ditambah, yang lama tetap tersimpan", "the birth certificate is issued: a claim is added, the old ones stay")
}

// feedback sends what was learnt back as a service referral, which moves nobody.
func feedback(s *stage) {
	id := string(s.handoff("SRK", "child").Case)
	var back node.Handoff
	s.post("SRK", head, path("cases", id, "referrals"), map[string]any{
		"to": "MGL", "reason": "Umpan balik hari ke-14 dan ke-60; persiapan pulang.", "wanted": "Sekolah dan pendampingan keluarga di Wonosobo.",
		"basis": "public task", "basisWhy": "Pascalayanan menurut rencana layanan.",
	}, &back)
	s.r.Handoffs["back"] = string(back.ID)
	s.reaches("MGL", "back", "offered")
	s.act("MGL", head, "back", "accept", nil)
	s.reaches("MGL", "back", "accepted")
	s.act("MGL", head, "back", "start", nil)
	s.reaches("MGL", "back", "in-service")
	s.act("MGL", head, "back", "report", map[string]any{"reason": "selesai", "text": "Sekolah siap menerima; Puskesos mendampingi."})
	s.reaches("SRK", "back", "reported")
	s.act("SRK", head, "back", "close", nil)
	s.reaches("SRK", "back", "closed")
	s.say("SRK", head, "rujuk balik ke MGL untuk sekolah: dijawab, dilaporkan, ditutup; tanggung jawab tetap di SRK",
		"refers back to MGL for school: answered, reported, closed; responsibility stays at SRK")
}
