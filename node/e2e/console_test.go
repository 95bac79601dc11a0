package e2e_test

// networkPages are the pages about the node and the network. That the first
// reloads itself for who asks is looked at in node/web: axe takes it for a page
// that reloads unasked.
var networkPages = []pageRow{
	{name: "console, state", as: "admin", path: "/simpul", says: "Keadaan jaringan"},
	{name: "console, forbidden", as: "worker", path: "/simpul", says: "Tidak diizinkan"},
	{name: "console, a balai", as: "admin", path: "/simpul/MGL", says: "Terakhir terdengar"},
	{name: "console, members", as: "admin", path: "/anggota", says: "Undang balai"},
	{name: "console, wrong code", as: "admin", path: "/anggota", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "console, invitation", as: "admin", path: "/anggota", says: "Teks hanya tampil sekali", do: func(p *tab) { p.fill("code", "LMP"); p.submit() }},
	{name: "console, consensus", as: "admin", path: "/konsensus", says: "pemilih harus hidup"},
	{name: "console, trail", as: "admin", path: "/jejak", says: "Verifikasi rantai"},
	{name: "console, trail verified", as: "admin", path: "/jejak", says: "Rantai jejak utuh", do: (*tab).submit},
	{name: "console, backups", as: "admin", path: "/cadangan", says: "Belum ada kunci pemulihan"},
	{name: "console, green", as: "admin", path: "/hijau", says: "Waktu prosesor"},
}
