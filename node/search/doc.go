// Package search finds people by name and number, lists cases newest first,
// and says who may be registered twice.
//
// Everything lives in memory and is built again at each start: nothing that can
// be searched is ever on disk, because a stored index of names and population
// numbers would give away what the encryption of the rows protects.
//
// Names are compared as they sound, not as they are written: Soetedjo is
// Sutejo, Noercholis is Nurkholis, Moh. is Muhammad (see Fold). Fuzzy matching
// works on the dictionary of distinct words, some ten thousands of them, and
// never on the people, so that it stays quick with millions of people.
//
// The package does not know who asks. Its caller says which secrecy groups to
// leave out (Filter.Hide), checks permissions, and writes the audit line. It
// knows nothing of the store: entries come in through Add, Load and Remove.
package search
