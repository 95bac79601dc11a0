package store_test

import (
	"slices"
	"testing"
	"time"

	"serasi/node/store"
)

func TestSurplus(t *testing.T) {
	newest := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	tests := map[string]struct{ ages, kept []int }{ // in days before the newest
		"nothing there":           {nil, nil},
		"one, however old":        {[]int{0}, []int{0}},
		"a week of days":          {[]int{0, 1, 2, 3, 4, 5, 6, 7}, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		"one a week before it":    {[]int{0, 6, 7, 8, 9, 14, 15, 21, 28, 34}, []int{0, 6, 7, 14, 21, 28}},
		"none beyond the horizon": {[]int{0, 35, 36, 90}, []int{0, 35}},
		"after a long pause":      {[]int{0, 30, 31, 36}, []int{0, 30}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var made []time.Time
			for _, d := range tt.ages {
				made = append(made, newest.Add(-time.Duration(d)*24*time.Hour))
			}
			gone := store.Surplus(made)
			var kept []int
			for i, d := range tt.ages {
				if !slices.Contains(gone, i) {
					kept = append(kept, d)
				}
			}
			if !slices.Equal(kept, tt.kept) {
				t.Errorf("kept %v, want %v", kept, tt.kept)
			}
		})
	}
}
