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
}
