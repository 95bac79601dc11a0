package settings

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A value is one field of Settings as text. The words of an error say what the
// text must be.
type value interface {
	Set(string) error
	String() string
}

type text struct{ to *string }

func (v text) String() string { return *v.to }
func (v text) Set(s string) error {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return errors.New("holds a character that cannot be seen")
	}
	*v.to = s
	return nil
}

type choice struct {
	to  *string
	all []string
}

func (v choice) String() string { return *v.to }
func (v choice) Set(s string) error {
	if !slices.Contains(v.all, s) {
		return fmt.Errorf("must be one of: %s", strings.Join(v.all, ", "))
	}
	*v.to = s
	return nil
}

type yes struct{ to *bool }

func (v yes) String() string { return strconv.FormatBool(*v.to) }
func (v yes) Set(s string) error {
	if s != "true" && s != "false" {
		return errors.New("must be true or false")
	}
	*v.to = s == "true"
	return nil
}

type count struct {
	to   *int
	most int
}

func (v count) String() string { return strconv.Itoa(*v.to) }
func (v count) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > v.most {
		return fmt.Errorf("must be a whole number from 1 to %d", v.most)
	}
	*v.to = n
	return nil
}

// size is a number of bytes with a unit.
type size struct{ to *uint64 }

var units = []struct {
	name  string
	bytes uint64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

func (v size) String() string {
	for _, u := range units {
		if *v.to >= u.bytes && *v.to%u.bytes == 0 {
			return strconv.FormatUint(*v.to/u.bytes, 10) + u.name
		}
	}
	return "0"
}

func (v size) Set(s string) error {
	if s == "0" {
		*v.to = 0
		return nil
	}
	for _, u := range units {
		digits, ok := strings.CutSuffix(s, u.name)
		n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 64)
		if ok && err == nil && n <= (1<<50)/u.bytes {
			*v.to = n * u.bytes
			return nil
		}
	}
	return errors.New("must be a number of bytes with its unit: B, KiB, MiB, GiB or TiB")
}
