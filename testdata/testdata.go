// Package testdata holds the five pilot balai and the people of the demo, none
// of whom exists. It only hands the files out; it knows no other room.
package testdata

import "embed"

// Files holds pilots.json and people/people.json.
//
//go:embed pilots.json people/*.json
var Files embed.FS
