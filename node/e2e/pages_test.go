package e2e_test

// pageRow is one page in one state.
type pageRow struct {
	name string
	as   string // login; "": nobody is signed in
	at   string // balai: srk (the usual one) or mgl
	path string // {name} is an id of the world
	says string // words of the page in Indonesian, to know it is the right one
	do   func(*tab)
}

// pages are all pages and states that must be without fault: readable, narrow,
// light and in both languages. Append yours.
var pages = []pageRow{
	{name: "sign-in", path: "/masuk", says: "Kata sandi"},
	{name: "sign-in, wrong", path: "/masuk", says: "Ada yang perlu diperbaiki", do: func(p *tab) { p.fill("login", "x"); p.submit() }},
	{name: "first account", path: "/masuk/pertama", says: "Kode sekali pakai"},
	{name: "first account, wrong", path: "/masuk/pertama", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "quick exit", path: "/tutup", says: "Kembali"},
	{name: "display", path: "/tampilan", says: "Kontras tinggi"},
	{name: "help", path: "/bantuan", says: "Pintasan papan ketik"},
	{name: "words", path: "/bantuan/istilah", says: "Istilah resmi"},
	{name: "no page", as: "worker", path: "/tidak/ada", says: "Tidak ditemukan"},
	{name: "today", as: "worker", path: "/", says: "Hari ini"},
	{name: "today, of admin IT", as: "admin", path: "/", says: "Hari ini"},
	{name: "find", as: "worker", path: "/kasus", says: "Ani Contoh"},
	{name: "find, filtered", as: "worker", path: "/kasus?tahap=1&milik=1", says: "Hanya kasus saya"},
	{name: "find, nothing", as: "worker", path: "/kasus?tahap=7", says: "Tidak ketemu"},
	{name: "find, by name", as: "worker", path: "/kasus", says: "Hasil pencarian", do: func(p *tab) { p.fill("text", "ani contoh"); p.submit() }},
	{name: "find, forbidden", as: "admin", path: "/kasus", says: "Tidak diizinkan"},
	{name: "find, no such state", as: "worker", path: "/kasus?keadaan=x", says: "Ada yang perlu diperbaiki"},

	{name: "handoffs", as: "head", path: "/rujukan?bagian=tunggu", says: "Menunggu balai lain"},
	{name: "handoffs, nothing", as: "head", path: "/rujukan?bagian=selesai", says: "Belum ada rujukan yang selesai"},
	{name: "handoffs to answer", as: "head", at: "mgl", path: "/rujukan", says: "Perlu jawaban"},
	{name: "handoffs, forbidden", as: "admin", path: "/rujukan", says: "Tidak diizinkan"},
	{name: "handoff sent", as: "head", path: "/rujukan/{handoff}", says: "Tarik kembali"},
	{name: "handoff to answer", as: "head", at: "mgl", path: "/rujukan/{handoff}", says: "Terima"},
	{name: "handoff of a worker", as: "worker", at: "mgl", path: "/rujukan/{handoff}", says: "Siapkan: Terima"},
	{name: "decline", as: "head", at: "mgl", path: "/rujukan/{handoff}/tolak", says: "Alasan"},
	{name: "decline, no reason", as: "head", at: "mgl", path: "/rujukan/{handoff}/tolak", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "waiting list", as: "head", at: "mgl", path: "/rujukan/{handoff}/daftar-tunggu", says: "Perkiraan ada tempat"},
	{name: "redirect", as: "head", at: "mgl", path: "/rujukan/{handoff}/alihkan", says: "Balai tujuan"},
	{name: "step not possible", as: "head", path: "/rujukan/{handoff}/serah-terima", says: "tidak mungkin lagi"},
	{name: "print handoffs", as: "head", at: "mgl", path: "/rujukan/cetak?h={handoff}", says: "Surat rujukan"},
	{name: "refer", as: "head", path: "/kasus/{case}/rujuk", says: "Balai tujuan"},
	{name: "refer, no reason", as: "head", path: "/kasus/{case}/rujuk", says: "Ada yang perlu diperbaiki", do: func(p *tab) { p.fill("reason", ""); p.submit() }},
	{name: "review", as: "head", path: "/kasus/{case}/rujuk", says: "Kirim rujukan", do: func(p *tab) { p.fill("wanted", "kursi roda"); p.submit() }},
	{name: "outbox", as: "head", path: "/antrean", says: "Antrean kirim"},
	{name: "outbox, nothing", as: "head", path: "/antrean?keadaan=rejected", says: "Antrean kosong"},
	{name: "directory", as: "worker", path: "/direktori", says: "Direktori balai"},
	{name: "own profile", as: "head", path: "/direktori/balai", says: "Simpan dan umumkan"},
	{name: "own profile, wrong", as: "head", path: "/direktori/balai", says: "Ada yang perlu diperbaiki", do: func(p *tab) { p.fill("name", ""); p.submit() }},
	{name: "partners, none", as: "worker", path: "/mitra", says: "Belum ada mitra"},
	{name: "partner", as: "head", path: "/mitra/baru", says: "Perjanjian kerja sama"},
	{name: "partner, wrong", as: "head", path: "/mitra/baru", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "letters to partners, none", as: "worker", path: "/rujukan/luar", says: "Tidak ada surat ke mitra"},
	{name: "letter to a partner", as: "head", path: "/kasus/{case}/rujuk/mitra", says: "Belum ada mitra"},
	{name: "reply", path: "/balas", says: "Kode balasan"},
	{name: "reply, wrong", path: "/balas", says: "Ada yang perlu diperbaiki", do: func(p *tab) { p.fill("code", "ABCD"); p.submit() }},
}
