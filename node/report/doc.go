// Package report counts the month of a balai: the figures of form F12, the
// tables behind them, and for each figure the list of the cases it counts. A
// month that the kepala balai has signed is frozen; what changes afterwards is
// shown beside it as a correction.
//
// Everything is counted from what the files say and nothing is kept twice. What
// no program can count is entered by hand and says so: there is no invented
// zero. The room does not know how rows are stored, who decides about
// permissions, or how a spreadsheet is written.
package report
