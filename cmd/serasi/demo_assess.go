package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"serasi/testdata"
)

// assessment is what was found out about one invented person, form by form.
type assessment struct {
	Form     string                         `json:"form"`
	Sections map[string]map[string][]string `json:"sections"`
	Team     []map[string]string            `json:"team"`
}

func assessmentOf(key string) (a assessment, err error) {
	var all map[string]assessment
	b, err := testdata.Files.ReadFile("people/assessments.json")
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		return a, fmt.Errorf("read the invented assessments: %w", err)
	}
	return all[key], nil
}

// assess fills in the comprehensive assessment section by section, as its pages
// do; the team signs, and the social worker last.
func (s *stage) assess(balai, key, id string) {
	a, err := assessmentOf(key)
	if s.err == nil {
		s.err = err
	}
	var sheet struct {
		ID string `json:"id"`
	}
	s.post(balai, worker, path("cases", id, "forms"), map[string]any{"form": a.Form}, &sheet)
	for _, section := range slices.Sorted(maps.Keys(a.Sections)) {
		s.send(balai, worker, request{
			method: http.MethodPut, path: path("cases", id, "forms", sheet.ID, "sections", section), match: `"0"`,
			body: map[string]any{"values": a.Sections[section]},
		}, nil)
	}
	for _, member := range a.Team {
		s.post(balai, worker, path("cases", id, "forms", sheet.ID, "signatures"), member, nil)
	}
	s.post(balai, worker, path("cases", id, "forms", sheet.ID, "signatures"), map[string]string{"profession": worker}, nil)
}
