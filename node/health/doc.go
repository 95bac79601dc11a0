// Package health is the one model of how a node is. The rooms tell facts; the
// engine judges them by a table of checks, finds the cause behind what follows
// from it, and remembers since when. Pages, command line, /healthz and metrics
// all show the same checkup.
//
// It knows numbers and short fixed words only. Nothing in it names a person, a
// case or a handoff; the code of a balai is the finest thing there is. It asks
// no room and reads no clock: node hands it the facts of a moment.
package health
