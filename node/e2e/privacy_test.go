package e2e_test

import (
	"time"

	"serasi/node/casework"
)

// guarded adds what the desk of the data protection officer shows: an emergency,
// a request, an erasure that waits and an incident. The supervisor writes them
// down: the officer of these tests has a token that only reads.
func (w *world) guarded(id string) {
	at := "/cases/" + id
	w.srk.Hire("asing", casework.Worker, "read", "write", "stepup")
	head := string(w.srk.Hire("kepala2", casework.Head))
	var glass, request, erasure, incident struct{ ID string }
	w.srk.Must("asing", "POST", at+"/break-glass", map[string]string{"reason": "keadaan darurat", "why": "anak demam tinggi malam ini"}, &glass)
	w.srk.Must("supervisor", "POST", at+"/requests", map[string]string{"kind": "salinan", "from": "wali", "words": "minta salinan berkas anak"}, &request)
	w.srk.Must("supervisor", "POST", at+"/team", map[string]string{"user": head, "as": "psikolog"}, nil)
	now := time.Now().UTC()
	w.srk.Must("supervisor", "POST", "/incidents", map[string]any{
		"kinds": []string{"identitas", "anak"}, "how": "telepon petugas hilang dengan sesi terbuka",
		"known": now.Add(-time.Hour), "from": now.Add(-48 * time.Hour), "to": now.Add(-time.Minute),
	}, &incident)
	closed := w.srk.Open("Gani Contoh", nil)
	w.srk.Close(closed)
	w.srk.Must("head", "POST", "/cases/"+string(closed.ID)+"/erasure", map[string]string{"reason": "masa simpan habis", "letter": "7/2026"}, &erasure)
	w.srk.Must("head", "POST", "/grants", map[string]any{"user": head, "group": "HIV", "until": now.AddDate(0, 1, 0), "why": "mendampingi pengobatan"}, nil)
	w.ids["glass"], w.ids["request"], w.ids["erasure"], w.ids["incident"], w.ids["user"] = glass.ID, request.ID, erasure.ID, incident.ID, head
}

// privacyPages are those of people, secrecy and privacy.
var privacyPages = []pageRow{
	{name: "users", as: "admin", path: "/pengguna", says: "Uji worker"},
	{name: "users, forbidden", as: "head", path: "/pengguna", says: "Tidak diizinkan"},
	{name: "user, new", as: "admin", path: "/pengguna/baru", says: "Buat pengguna"},
	{name: "user, new, wrong", as: "admin", path: "/pengguna/baru", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "who must have a second factor", as: "admin", path: "/pengguna/kode", says: "Wajib bagi"},
	{name: "user", as: "admin", path: "/pengguna/{user}", says: "Nonaktifkan pengguna ini"},
	{name: "user, wrong", as: "admin", path: "/pengguna/{user}", says: "Ada yang perlu diperbaiki", do: func(p *tab) { p.fill("name", ""); p.submit() }},
	{name: "user, password", as: "admin", path: "/pengguna/{user}/sandi", says: "Pasang kata sandi"},
	{name: "user, password, wrong", as: "admin", path: "/pengguna/{user}/sandi", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "account", as: "worker", path: "/akun", says: "perangkat ini"},
	{name: "password", as: "worker", path: "/akun/sandi", says: "Kata sandi sekarang"},
	{name: "password, wrong", as: "worker", path: "/akun/sandi", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	// Of somebody who signs in here: five minutes later it would be asked for again.
	{name: "second factor", as: "kepala2", path: "/akun/kode", says: "Pasang kode kedua"},
	{name: "second factor, secret", as: "kepala2", path: "/akun/kode", says: "Kode dari aplikasi", do: (*tab).submit},
	{name: "second factor, wrong", as: "kepala2", path: "/akun/kode", says: "Ada yang perlu diperbaiki", do: func(p *tab) { p.submit(); p.fill("first", "1"); p.submit() }},
	{name: "token", as: "worker", path: "/akun/token", says: "Untuk apa"},
	{name: "token, wrong", as: "worker", path: "/akun/token", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "who looked", as: "worker", path: "/kasus/{case}/akses", says: "Siapa melihat kasus ini"},
	{name: "who looked, forbidden", as: "asing", path: "/kasus/{frozen}/akses", says: "Tidak diizinkan"},
	{name: "who looked, printout", as: "worker", path: "/kasus/{case}/akses/cetak", says: "Nama petugas tidak dicantumkan"},
	{name: "team", as: "supervisor", path: "/kasus/{case}/tim", says: "psikolog"},
	{name: "team, none", as: "worker", path: "/kasus/{frozen}/tim", says: "Belum ada anggota"},
	{name: "team, wrong", as: "supervisor", path: "/kasus/{case}/tim", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "case of somebody else", as: "asing", path: "/kasus/{frozen}", says: "Keadaan darurat? Buka kasus ini"},
	{name: "emergency", as: "asing", path: "/kasus/{frozen}/darurat", says: "Kasus ini bukan tugas Anda"},
	{name: "emergency, wrong", as: "asing", path: "/kasus/{frozen}/darurat", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "emergency, forbidden", as: "dpo", path: "/kasus/{frozen}/darurat", says: "Tidak diizinkan"},
	{name: "grants", as: "head", path: "/izin", says: "mendampingi pengobatan"},
	{name: "grants, wrong", as: "head", path: "/izin", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "grants, of the officer", as: "dpo", path: "/izin", says: "berlaku"},
	{name: "notices", as: "dpo", path: "/pemberitahuan", says: "Kasus dibuka dalam keadaan darurat"},
	{name: "notices, none", as: "desk", path: "/pemberitahuan", says: "Tidak ada pemberitahuan"},
	{name: "today, of the officer", as: "dpo", path: "/", says: "Nilai pembukaan darurat"},
	{name: "privacy", as: "dpo", path: "/privasi", says: "Pembukaan darurat"},
	{name: "privacy, forbidden", as: "admin", path: "/privasi", says: "Tidak diizinkan"},
	{name: "review", as: "dpo", path: "/privasi/darurat/{case}/{glass}", says: "Simpan penilaian"},
	{name: "review, wrong", as: "dpo", path: "/privasi/darurat/{case}/{glass}", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "request", as: "dpo", path: "/privasi/permintaan/{case}/{request}", says: "Jawaban kepada peminta"},
	{name: "request, wrong", as: "dpo", path: "/privasi/permintaan/{case}/{request}", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "rights of a person", as: "dpo", path: "/kasus/{case}/privasi", says: "Catat permintaan"},
	{name: "erasure", as: "dpo", path: "/privasi/hapus/{erasure}", says: "Sahkan dan hapus sekarang"},
	{name: "erasure, of who asked", as: "head", path: "/privasi/hapus/{erasure}", says: "tidak boleh Anda sendiri"},
	{name: "incident, new", as: "dpo", path: "/privasi/insiden/baru", says: "Catat insiden"},
	{name: "incident, new, wrong", as: "dpo", path: "/privasi/insiden/baru", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "incident", as: "dpo", path: "/privasi/insiden/{incident}", says: "mungkin terdampak"},
}
