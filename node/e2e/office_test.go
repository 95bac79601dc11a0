package e2e_test

import "slices"

// officePages are the pages of letters, and those beside a case. A row without
// words must be no error page.
var officePages = []pageRow{
	{name: "letters", as: "worker", path: "/surat"},
	{name: "new letter", as: "worker", path: "/surat/baru?kasus={case}"},
	{name: "register of letters", as: "worker", path: "/surat/agenda"},
	{name: "settings of letters", as: "head", path: "/surat/pengaturan"},
	{name: "letters of a case", as: "worker", path: "/kasus/{case}/surat"},
	{name: "verify", path: "/v"},
	{name: "verify, unknown", path: "/v/ABCDEFGHJK", says: "Tidak dikenal"},
	{name: "possible doubles", as: "worker", path: "/kasus/{case}/ganda"},
	{name: "just registered", as: "worker", path: "/kasus/terdaftar"},
	{name: "another's case", as: "admin", path: "/kasus/{case}", says: "Tidak diizinkan"},
}

// everyRow is all that is looked at. Whoever makes a list of rows names it here.
func everyRow() []pageRow {
	return slices.Concat(pages, carePages, privacyPages, reportPages, officePages, networkPages)
}
