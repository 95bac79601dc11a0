package main

import (
	"errors"
	"strings"

	"serasi/node"
)

func (s *stage) fault(words string) {
	if s.err == nil {
		s.err = errors.New(words)
	}
}

// noteArrives waits until a note with a word in it is in a case.
func (s *stage) noteArrives(balai, id, word string) {
	if s.err != nil {
		return
	}
	c, err := s.as(balai, worker)
	if err != nil {
		s.err = err
		return
	}
	s.err = waitFor(s.ctx, balai+": "+s.t("catatan susulan", "the addendum"), func() (bool, error) {
		var p node.Page[node.Note]
		if err := c.get(s.ctx, path("cases", id, "notes"), queryOf("limit", "100"), &p); err != nil {
			return false, err
		}
		for _, n := range p.Items {
			if n.Addendum && strings.Contains(n.Text, word) {
				return true, nil
			}
		}
		return false, nil
	})
}

const elder = "bks-ds"

// story2 is an older person with dementia who goes home across two time zones,
// with a question on the way, and a sender whose node is off at the handover.
var story2 = []func(*stage){
	func(s *stage) {
		s.begin("BKS", elder)
		s.say("BKS", worker, "Dg. S., sekitar 74, demensia; tiga nama dalam tiga hari, semua tersimpan", "Dg. S., about 74, dementia; three names in three days, all kept")
		s.offer("BKS", elder, "elder", "transfers", map[string]any{
			"to": "GWA", "residential": true, "reason": "Keluarga ditemukan di Bontonompo; reunifikasi lewat Gau Mabaji.",
			"wanted": "Satu bulan di balai, lalu berbasis keluarga dengan LKS lanjut usia.", "given": "Tempat tinggal, pemeriksaan kesehatan.",
			"health": "Demensia; layak terbang.", "journey": "Pesawat, dua pendamping.", "contact": "Loket Pangudi Luhur",
		})
		s.say("BKS", head, "mengirim rujukan ke GWA", "sends the offer to GWA")
	},
	func(s *stage) {
		s.reaches("GWA", "elder", "offered")
		s.act("GWA", head, "elder", "read", nil)
		s.act("GWA", head, "elder", "ask", map[string]any{"text": "Surat layak terbang dari dokter, dan obat untuk berapa hari?"})
		s.reaches("BKS", "elder", "asked")
		s.say("GWA", head, "minta kelengkapan: surat layak terbang, persediaan obat", "asks for more: fit to fly, supply of medicine")
		s.act("BKS", head, "elder", "answer", map[string]any{"text": "Surat dokter terlampir di berkas; obat untuk 14 hari."})
		s.reaches("GWA", "elder", "offered")
		s.say("BKS", head, "menjawab", "answers")
	},
	func(s *stage) {
		s.act("GWA", head, "elder", "accept", map[string]any{"conditional": true, "text": "Dua pendamping, satu perempuan; BPJS aktif di Gowa."})
		h := s.await("GWA", "elder", "packet", func(h node.Handoff) bool { return h.Packet == "here" && h.Case != "" })
		s.assign("GWA", string(h.Case))
		s.say("GWA", head, "menerima bersyarat: dua pendamping, satu perempuan", "accepts on conditions: two escorts, one of them a woman")
		s.reaches("BKS", "elder", "accepted")
		s.act("BKS", head, "elder", "depart", map[string]any{"text": "Terbang sore ini; uang Rp47.000 dan satu cincin dibawa dalam amplop."})
		s.reaches("GWA", "elder", "departed")
		s.say("BKS", head, "mencatat keberangkatan", "records the departure")
	},
	func(s *stage) { // the link of the sender is down at the handover
		sender := s.at("BKS")
		if s.err = s.children["BKS"].stop(); s.err != nil {
			return
		}
		s.say("BKS", "simpul", "mati: sambungan putus malam itu", "is off: the line is down that night")
		s.act("GWA", worker, "elder", "receive", s.record("WITA", "Sentra Gau Mabaji, Gowa", "peksos Pangudi Luhur", "peksos Gau Mabaji",
			"memar lengan kiri, difoto", "uang Rp47.000, satu cincin", "BAST di atas kertas, dipindai kemudian."))
		s.reaches("GWA", "elder", "received")
		s.say("GWA", worker, "tiba 21.55 WITA, BAST ditandatangani: tanggung jawab pindah tanpa menunggu BKS", "arrived 21.55 WITA, record signed: responsibility moves without waiting for BKS")
		if s.err == nil {
			s.err = s.start(s.ctx, sender)
		}
		if s.err == nil {
			s.err = s.publish()
		}
		s.reaches("BKS", "elder", "received")
		s.r.Owners[elder] = "GWA"
		s.say("BKS", "simpul", "hidup lagi dan mengetahuinya sendiri", "is back and learns it by itself")
	},
	func(s *stage) {
		h := s.handoff("GWA", "elder")
		s.post("GWA", worker, path("cases", string(h.Case), "notes"), map[string]any{
			"kind": "progress", "text": "Asesmen ulang: Barthel 45. Keponakan di Bontonompo berkunjung setiap pekan.",
		}, nil)
		s.say("GWA", worker, "asesmen ulang; layanan dilanjutkan di Gowa", "assesses again; the service goes on in Gowa")
	},
}
