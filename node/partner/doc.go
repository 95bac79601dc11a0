// Package partner keeps the organisations that people are referred to and that
// run no node: hospitals, welfare institutions, social offices, the police. A
// referral there is a letter with a reply code; the answer is entered by our own
// people, or by the partner with the code, so that this loop closes too.
//
// All of it is this balai's own record: the ledger does not know it. Whoever has
// a reply code may answer that one letter and learns nothing of a person by it.
//
// The room does not know how letters look or how pages are served.
package partner
