package web

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// differ returns the fields that two versions of one record do not share, by
// their stored names.
func differ(current, yours any) (out []pair) {
	a, b := flat(current), flat(yours)
	names := slices.Collect(maps.Keys(b))
	slices.Sort(names)
	for _, name := range names {
		if a[name] != b[name] && !slices.Contains(ours, name) {
			out = append(out, pair{name, a[name], b[name]})
		}
	}
	return out
}

// ours are fields that the node sets: a reader cannot choose between them.
var ours = []string{"version", "revision", "changed", "by", "at", "id"}

// flat returns the fields of a record as text.
func flat(record any) map[string]string {
	b, err := json.Marshal(record)
	var fields map[string]any
	if err == nil {
		err = json.Unmarshal(b, &fields)
	}
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for name, v := range fields {
		out[name] = text(v)
	}
	return out
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = text(x)
		}
		return strings.Join(parts, ", ")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
