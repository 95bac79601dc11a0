// Package caseload holds the use cases on the cases of this balai: open, read,
// find, edit, note, attach, consent, close, and what custody does to a case
// when it moves between balai.
//
// One use case is one transaction, decided by the Gate and written with its
// line in the audit trail. What is read is given out only once that line is
// durable; a denial is a line too. The room does not know how rows are stored,
// how names are searched, who decides about permissions, or what a ledger is:
// it meets those through the small interfaces of Config.
package caseload
