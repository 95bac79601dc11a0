package casework

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// code reads a cell that names something of a list.
func (r *rowReader) code(t Target, s string) {
	switch t {
	case "cluster":
		code, ok := clusterNamed(s, r.Today)
		if !ok {
			r.fault("is no cluster of the list")
		}
		r.in.Cluster = code
	case "ppks":
		r.categories(s)
	case "ragam":
		r.ragams(s)
	case "urgency":
		r.urgency(s)
	case "stage":
		r.stage(s)
	case "reason":
		r.reason(s)
	}
}

func clusterNamed(s string, at time.Time) (string, bool) {
	for _, c := range Clusters(at) {
		if strings.EqualFold(s, c.Code) || strings.EqualFold(s, c.Name) {
			return c.Code, true
		}
	}
	return "", false
}

// parts splits what people write into one cell: "05; 07" or "fisik/mental".
func parts(s string, by string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(by, r) }) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func (r *rowReader) categories(s string) {
	if c, ok := categoryNamed(s); ok { // a name may hold a comma
		r.in.PPKS = append(r.in.PPKS, c)
		return
	}
	for _, p := range parts(s, ",;/+&\n") {
		c, ok := categoryNamed(p)
		if !ok {
			r.fault("is no category of the 26")
			return
		}
		if !slices.Contains(r.in.PPKS, c) {
			r.in.PPKS = append(r.in.PPKS, c)
		}
	}
}

func categoryNamed(s string) (string, bool) {
	s = strings.TrimSuffix(s, ".0")
	if n, err := strconv.Atoi(s); err == nil && n > 0 && n < 100 {
		s = string([]byte{byte('0' + n/10), byte('0' + n%10)}) // 5 was 05 before a spreadsheet saw it
	}
	for _, c := range Categories() {
		if s == c.Code || strings.EqualFold(s, c.Name) || strings.EqualFold(s, c.Code+" "+c.Name) {
			return c.Code, true
		}
	}
	return "", false
}

// formerRagam are words that offices still write.
var formerRagam = map[string]string{
	"tuna daksa": "fisik", "tunadaksa": "fisik", "daksa": "fisik", "tuna netra": "sensorik", "tunanetra": "sensorik", "netra": "sensorik",
	"tuna rungu": "sensorik", "tunarungu": "sensorik", "rungu": "sensorik", "wicara": "sensorik", "rungu wicara": "sensorik", "tuna rungu wicara": "sensorik",
	"tuna grahita": "intelektual", "tunagrahita": "intelektual", "grahita": "intelektual", "down syndrome": "intelektual", "eks psikotik": "mental",
	"psikososial": "mental", "odgj": "mental", "gangguan jiwa": "mental",
}

func (r *rowReader) ragams(s string) {
	for _, p := range parts(s, ",;/+&\n") {
		p = strings.TrimPrefix(strings.ToLower(p), "disabilitas ")
		if f, ok := formerRagam[p]; ok {
			p = f
		}
		switch {
		case slices.Contains(Ragams, p):
			if !slices.Contains(r.in.Ragam, p) {
				r.in.Ragam = append(r.in.Ragam, p)
			}
		case p == "ganda" || p == "multi" || p == "ganda/multi":
			r.doubt("says that there are several kinds, and not which; they can be added later")
		case p == "tidak" || p == "non disabilitas" || p == "bukan":
		default:
			r.fault("is no kind of disability: fisik, intelektual, mental or sensorik")
			return
		}
	}
}

func (r *rowReader) urgency(s string) {
	switch strings.ToLower(s) {
	case "24 jam", "24h", "darurat", "gawat":
		r.in.Urgency = Within24h
	case "3 hari", "3d", "mendesak", "segera", "ya":
		r.in.Urgency = Within3d
	case "biasa", "normal", "tidak", "tidak mendesak":
		r.in.Urgency = NotUrgent
	default:
		r.fault("is no urgency: 24 jam, 3 hari or biasa")
	}
}

var stageWords = []string{"akses", "kesepakatan", "asesmen", "perencanaan", "implementasi", "monitoring", "terminasi"}

func (r *rowReader) stage(s string) {
	low := strings.ToLower(strings.TrimSuffix(s, ".0"))
	if n, err := strconv.Atoi(strings.Fields(low + " x")[0]); err == nil && n >= 1 && n <= 7 {
		r.legacy.Stage = Stage(n)
		return
	}
	for i, w := range stageWords {
		if strings.Contains(low, w) || w == "terminasi" && strings.Contains(low, "pascalayanan") {
			r.legacy.Stage = Stage(i + 1)
			return
		}
	}
	// PROGRES 5.0 and what each office made of it: it is kept, not lost.
	r.notes = append(r.notes, r.heading()+": "+s)
	r.doubt("is no stage of ATENSI; it was kept as a note")
}

var formerReasons = map[string]string{
	"meninggal": "meninggal dunia", "wafat": "meninggal dunia", "melarikan diri": "meninggalkan balai tanpa izin", "kabur": "meninggalkan balai tanpa izin",
	"tanpa izin": "meninggalkan balai tanpa izin", "kembali ke keluarga": "reunifikasi", "pulang ke keluarga": "reunifikasi", "dipulangkan": "reunifikasi",
	"selesai": "tujuan tercapai", "lulus": "tujuan tercapai", "mandiri": "tujuan tercapai", "mengundurkan diri": "mengundurkan diri",
}

// reason reads an ending. "dirujuk" needs a handoff that says so, so it is kept
// as a note here.
func (r *rowReader) reason(s string) {
	low := strings.ToLower(s)
	if f, ok := formerReasons[low]; ok {
		low = f
	}
	if slices.Contains(Endings, low) && low != EndedReferred {
		r.legacy.Reason = low
		return
	}
	r.legacy.Reason = "lainnya"
	r.notes = append(r.notes, r.heading()+": "+s)
}

var monthNames = map[string]int{
	"jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7, "agu": 8, "agt": 8, "ags": 8, "aug": 8, "sep": 9,
	"okt": 10, "oct": 10, "nov": 11, "nop": 11, "des": 12, "dec": 12,
}

// ParseDay reads a day as offices write it: 17-08-1990, 17/8/90, 17 Agustus
// 1990, 1990-08-17, the number of a spreadsheet's day, or only 08-1990 or 1990.
// It returns 1990-08-17, 1990-08 or 1990, and whether the year had two digits.
// The month never comes before the day.
func ParseDay(s string, today time.Time) (value string, two, ok bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), ".0")
	if day, _, timed := strings.Cut(s, " 00:00"); timed {
		s = day
	}
	if isDigits(s) && len(s) >= 4 && len(s) <= 5 {
		n, _ := strconv.Atoi(s) // digits were checked
		if y := year(s); y != 0 {
			return s, false, true
		}
		if n > 59 && n < 80_000 { // days since 30 December 1899
			return time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), false, true
		}
		return "", false, false
	}
	f := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("-/. ,", r) })
	if len(f) == 3 && len(f[0]) == 4 {
		f[0], f[2] = f[2], f[0]
	}
	if len(f) == 2 {
		f = append([]string{""}, f...)
	}
	if len(f) != 3 {
		return "", false, false
	}
	y, two := fullYear(f[2], today)
	m := monthOf(f[1])
	if y == 0 || m == 0 {
		return "", false, false
	}
	if f[0] == "" {
		return time.Date(y, time.Month(m), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"), two, true
	}
	d, err := strconv.Atoi(f[0])
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if err != nil || t.Day() != d || int(t.Month()) != m {
		return "", false, false
	}
	return t.Format(time.DateOnly), two, true
}

func monthOf(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		if n < 1 || n > 12 {
			return 0
		}
		return n
	}
	if len(s) < 3 {
		return 0
	}
	return monthNames[strings.ToLower(s[:3])]
}

// fullYear reads a year. Of two digits it takes the century that is not to come.
func fullYear(s string, today time.Time) (y int, two bool) {
	if y := year(s); y != 0 {
		return y, false
	}
	n, err := strconv.Atoi(s)
	if err != nil || len(s) != 2 || n < 0 {
		return 0, false
	}
	if 2000+n <= today.Year() {
		return 2000 + n, true
	}
	return 1900 + n, true
}
