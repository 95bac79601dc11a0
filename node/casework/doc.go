// Package casework holds the words of the work: Person, Case, Claim, Consent,
// Note, Document, Handoff, and the kinds of error. It says what a well-formed
// one is and which step may follow which.
//
// It is ground floor: it imports nothing of ours, does no I/O, reads no clock
// and draws no random number. Times and ids come in as arguments. Terms follow
// Permensos 16/2020 and 7/2021 (ATENSI); the codes of a list are data with
// validity dates, because the law changes faster than a release.
package casework
