//go:build !serasi_before

package ledger

// Version is the highest version of commands that this binary knows. A build
// with the tag serasi_before knows one less: it stands for the program before
// this one, so that the two can be tried together.
const Version uint16 = 2
