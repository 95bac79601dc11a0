package words

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/number"

	"serasi/node/casework"
)

var months = map[casework.Language][12]string{
	casework.Indonesian: {
		"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember",
	},
	casework.English: {
		"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
	},
}

var monthsShort = map[casework.Language][12]string{
	casework.Indonesian: {"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"},
	casework.English:    {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
}

var days = map[casework.Language][7]string{
	casework.Indonesian: {"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"},
	casework.English:    {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
}

// Month returns the name of a month.
func (b *Book) Month(m time.Month) string { return months[b.Lang][(m+11)%12] }

// Date writes the day of t: "22 November 2026".
func (b *Book) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(b.Zone)
	return fmt.Sprintf("%d %s %d", t.Day(), b.Month(t.Month()), t.Year())
}

// Day writes the day of t with its name: "Minggu, 22 November 2026".
func (b *Book) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return days[b.Lang][t.In(b.Zone).Weekday()] + ", " + b.Date(t)
}

// Time writes a time with the label of the node's zone: "22 Nov 2026, 09.41 WIB".
func (b *Book) Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(b.Zone)
	return fmt.Sprintf("%d %s %d, %s", t.Day(), monthsShort[b.Lang][t.Month()-1], t.Year(), b.Clock(t))
}

// Clock writes the time of day: "09.41 WIB".
func (b *Book) Clock(t time.Time) string {
	t = t.In(b.Zone)
	label, _ := t.Zone()
	return fmt.Sprintf("%02d.%02d %s", t.Hour(), t.Minute(), label)
}

// Int writes a whole number: 1.234 in Indonesian.
func (b *Book) Int(n int) string { return b.print.Sprint(number.Decimal(n)) }

// Number writes a number with at most digits places after the comma.
func (b *Book) Number(x float64, digits int) string {
	return b.print.Sprint(number.Decimal(x, number.MaxFractionDigits(digits)))
}

// Percent writes a share of one: 0.25 is 25%.
func (b *Book) Percent(x float64) string {
	return b.print.Sprint(number.Percent(x, number.MaxFractionDigits(0)))
}

// Rupiah writes an amount of money in whole rupiah: "Rp1.250.000".
func (b *Book) Rupiah(n int64) string { return "Rp" + b.print.Sprint(number.Decimal(n)) }

// Size writes a number of bytes for people.
func (b *Book) Size(n int64) string {
	switch {
	case n >= 1<<20:
		return b.Number(float64(n)/(1<<20), 1) + " MB"
	case n >= 1<<10:
		return b.Number(float64(n)/(1<<10), 0) + " kB"
	}
	return b.Int(int(n)) + " byte"
}

// NIK writes a population number in groups of four.
func NIK(nik string) string {
	var groups []string
	for len(nik) > 4 {
		groups, nik = append(groups, nik[:4]), nik[4:]
	}
	return strings.Join(append(groups, nik), " ")
}

// Masked writes a population number with only its last four digits.
func Masked(nik string) string {
	hidden := max(len(nik)-4, 0)
	return NIK(strings.Repeat("*", hidden) + nik[hidden:])
}

// Date is the day of t in the words of a context.
func Date(ctx context.Context, t time.Time) string { return Of(ctx).Date(t) }

// Day is Date with the name of the day.
func Day(ctx context.Context, t time.Time) string { return Of(ctx).Day(t) }

// Time is a day and a time of day, with the zone.
func Time(ctx context.Context, t time.Time) string { return Of(ctx).Time(t) }
