package health

import (
	"slices"
	"testing"
)

// A circle of causes would hide all that stands in it.
func TestCausesHaveNoCircle(t *testing.T) {
	codes := Codes()
	by := map[string]*check{}
	for i, k := range checks {
		if by[k.code] != nil || k.impact == "" || k.step == "" || k.severity == "" {
			t.Errorf("%s: twice, or without words", k.code)
		}
		by[k.code] = &checks[i]
	}
	var walk func(code string, seen []string)
	walk = func(code string, seen []string) {
		if slices.Contains(seen, code) {
			t.Errorf("a circle: %v", append(seen, code))
			return
		}
		for _, cause := range by[code].causes {
			if by[cause] == nil {
				t.Errorf("%s: there is no check %s", code, cause)
				continue
			}
			walk(cause, append(slices.Clone(seen), code))
		}
	}
	for _, code := range codes {
		walk(code, nil)
	}
}
