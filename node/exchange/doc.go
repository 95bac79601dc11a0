// Package exchange lets people and cases in from tables and out as files: it
// reads CSV and XLSX as they are found in offices, opens cases from them row by
// row with an undo, writes worksheets that no spreadsheet damages, and packs a
// case as an archive that is readable without this program.
//
// A table that was uploaded is encrypted under a key of its own until it is
// thrown away. The room does not know how cases are opened or stored: it meets
// the use cases through the small interfaces of Config.
package exchange
