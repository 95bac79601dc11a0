package main

import (
	"fmt"

	"serasi/node"
)

const men = 10

func man(i int) string { return fmt.Sprintf("bks-x%02d", i) }

// story3 is a collective referral of ten men without papers, of whom one comes
// back.
var story3 = []func(*stage){
	func(s *stage) {
		var ids []string
		for i := 1; i <= men; i++ {
			s.begin("BKS", man(i))
			ids = append(ids, s.r.Cases[man(i)])
		}
		var g groupAnswer
		s.post("BKS", head, "/groups", map[string]any{
			"kind": "transfer", "cases": ids, "to": "BTR", "residential": true, "reason": "Rumah singgah penuh; daftar pengirim baris 31 sampai 40, barak B.",
			"wanted": "Rehabilitasi sosial; perekaman identitas.", "given": "Tempat tinggal, makan, pemeriksaan kesehatan.",
			"journey": "Satu bus, dua pendamping.", "contact": "Loket Pangudi Luhur",
			"basis": "public task", "basisWhy": "Tidak ada keluarga; identitas belum diketahui.",
		}, &g)
		for _, h := range g.Handoffs {
			for key, id := range s.r.Cases {
				if id == string(h.Case) {
					s.r.Handoffs[key] = string(h.ID)
				}
			}
		}
		if s.err == nil && len(s.r.Handoffs) != men {
			s.fault(fmt.Sprintf("%d handoffs for %d men", len(s.r.Handoffs), men))
		}
		s.say("BKS", head, "satu surat, sepuluh orang (Mr. X 1 sampai 10) ke BTR", "one letter, ten men (Mr. X 1 to 10) to BTR")
	},
	func(s *stage) {
		for i := 1; i <= men; i++ {
			s.reaches("BTR", man(i), "offered")
			s.act("BTR", head, man(i), "accept", nil)
		}
		s.say("BTR", head, "tim memilih di tempat dan menerima kesepuluhnya", "the team selects on site and accepts all ten")
	},
	func(s *stage) {
		for i := 1; i <= men; i++ {
			h := s.await("BTR", man(i), "packet", func(h node.Handoff) bool { return h.Packet == "here" && h.Case != "" })
			s.assign("BTR", string(h.Case))
			s.reaches("BKS", man(i), "accepted")
			s.act("BKS", head, man(i), "depart", nil)
		}
		s.say("BKS", head, "satu bus berangkat", "one bus leaves")
	},
	func(s *stage) {
		for i := 1; i <= men; i++ {
			s.reaches("BTR", man(i), "departed")
			s.act("BTR", worker, man(i), "receive", s.record("WIB", "Sentra Satria, Baturraden", "peksos Pangudi Luhur", "peksos Satria",
				"baik", "tidak ada", fmt.Sprintf("Lampiran BAST baris %d dari %d.", i, men)))
		}
		for i := 1; i <= men; i++ {
			s.reaches("BTR", man(i), "received")
			s.reaches("BKS", man(i), "received")
			s.r.Owners[man(i)] = "BTR"
		}
		s.say("BTR", worker, "satu BAST dengan lampiran sepuluh nama: tanggung jawab pindah ke BTR", "one record with an annex of ten: responsibility moves to BTR")
	},
	func(s *stage) {
		for i := 1; i <= men; i++ {
			s.post("BTR", worker, path("cases", string(s.handoff("BTR", man(i)).Case), "notes"), map[string]any{
				"kind": "progress", "text": "Dirawat di RSUD untuk rehabilitasi medis dahulu; tanggung jawab tetap di Satria.",
			}, nil)
		}
		for i, name := range []string{"Slamet Raharjo Widodo", "Karto"} {
			s.post("BTR", worker, path("cases", string(s.handoff("BTR", man(i+1)).Case), "claims"), map[string]any{
				"claims": []claim{{Kind: "name", Value: name, Standing: "verified", Source: "biometrik Dukcapil Banyumas"}},
			}, nil)
		}
		s.say("BTR", worker, "kesepuluhnya ke RSUD dahulu; dua dikenali lewat biometrik", "all ten to the hospital first; two are identified by biometrics")
	},
	func(s *stage) { // one goes back: a new transfer of the same case
		last := man(men)
		var back node.Handoff
		s.post("BTR", head, path("cases", string(s.handoff("BTR", last).Case), "transfers"), map[string]any{
			"to": "BKS", "residential": true, "reason": "Keluarga ternyata dekat balai pengirim.", "wanted": "Penelusuran keluarga dan reunifikasi.",
			"basis": "public task", "basisWhy": "Dikembalikan menurut kesepakatan kedua balai.",
		}, &back)
		s.r.Handoffs["return"] = string(back.ID)
		s.reaches("BKS", "return", "offered")
		s.act("BKS", head, "return", "accept", nil)
		s.await("BKS", "return", "packet", func(h node.Handoff) bool { return h.Packet == "here" && h.Case != "" })
		s.reaches("BTR", "return", "accepted")
		s.act("BTR", head, "return", "depart", nil)
		s.reaches("BKS", "return", "departed")
		s.act("BKS", head, "return", "receive", s.record("WIB", "Sentra Pangudi Luhur, Bekasi", "peksos Satria", "peksos Pangudi Luhur",
			"baik", "satu tas", "Dikembalikan atas kesepakatan."))
		s.reaches("BKS", "return", "received")
		s.reaches("BTR", "return", "received")
		s.r.Owners[last] = "BKS"
		s.say("BKS", head, "satu orang kembali: riwayatnya utuh, bukan orang baru", "one man comes back: with his history, not as somebody new")
	},
}
