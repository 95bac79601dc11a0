// Package letter writes the letters of a balai and keeps its register: drafts
// filled from what the case already holds, the way through the office (draf,
// periksa, paraf, tanda tangan, arsip, serahkan), numbers without gaps, the seal
// that proves a letter genuine, and the answer to who wants to know whether one
// is.
//
// One use case is one transaction, decided by the Gate and written with its
// line in the audit trail. The room does not know how rows are stored, who has
// the keys of other balai, or how a letter looks on a screen.
package letter
