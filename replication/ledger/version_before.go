//go:build serasi_before

package ledger

// Version is that of the program before this one.
const Version uint16 = 1
