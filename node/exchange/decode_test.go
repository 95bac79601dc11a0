package exchange_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"serasi/node/casework"
	"serasi/node/exchange"
)

func TestDecodeCSV(t *testing.T) {
	tests := map[string]struct {
		file     string
		headings string
		first    string // the first row
		no       int    // its number in the file
		rows     int
	}{
		"semicolons, BOM":       {"\ufeffNama;NIK\r\nSiti;3372\r\n", "Nama|NIK", "Siti|3372", 2, 1},
		"commas, quotes":        {"Nama,Alamat\n\"Siti, binti A\",\"Jl. \"\"X\"\"\"\n", "Nama|Alamat", `Siti, binti A|Jl. "X"`, 2, 1},
		"tabs":                  {"Nama\tNIK\nSiti\t1\nBudi\t2", "Nama|NIK", "Siti|1", 2, 2},
		"sep line":              {"sep=,\nNama,NIK\nSiti;x,1\n", "Nama|NIK", "Siti;x|1", 2, 1},
		"Windows-1252":          {"Nama;Alamat\nRen\xe9;Caf\xe9\n", "Nama|Alamat", "René|Café", 2, 1},
		"UTF-16":                {"\xff\xfeN\x00a\x00m\x00a\x00;\x00N\x00I\x00K\x00\n\x00S\x00;\x001\x00\n\x00", "Nama|NIK", "S|1", 2, 1},
		"titles and blank rows": {"DAFTAR PM 2025;;\n\nNo;Nama;L/P\n1;Siti;P\n;;\n2;Budi;L\n;;\n", "No|Nama|L/P", "1|Siti|P", 4, 2},
		"a longer row":          {"Nama;NIK\nSiti;1;lebih\n", "Nama|NIK|", "Siti|1|lebih", 2, 1},
		"a shorter row":         {"Nama;NIK;Ket\nSiti\n", "Nama|NIK|Ket", "Siti||", 2, 1},
		"a break in a cell":     {"Nama;Ket\nSiti;\"a\nb\"\nBudi;c\n", "Nama|Ket", "Siti|a\nb", 2, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			headings, rows, err := exchange.Decode([]byte(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(headings, "|"); got != tt.headings {
				t.Errorf("headings %q, want %q", got, tt.headings)
			}
			if len(rows) != tt.rows || strings.Join(rows[0].Cells, "|") != tt.first || rows[0].No != tt.no {
				t.Errorf("rows %+v", rows)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, file := range map[string][]byte{
		"nothing": nil, "blanks": []byte(" \n \n"), "headings only": []byte("Nama;NIK\n"), "one word": []byte("halo"),
		"binary": []byte("GIF89a\x00\x00\x01"), "an old workbook": []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "a broken zip": []byte("PK\x03\x04nonsense"),
		"too many rows":    []byte("Nama;NIK\n" + strings.Repeat("a;b\n", exchange.MaxRows+1)),
		"too many columns": []byte("Nama" + strings.Repeat(";x", 101) + "\n" + strings.Repeat("y;", 101) + "z\n"),
		"a huge cell":      []byte("Nama;NIK\n" + strings.Repeat("a", 5000) + ";1\n"),
		"a bomb":           bomb(t),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := exchange.Decode(file)
			if len(casework.Faults(err)) != 1 || casework.Faults(err)[0].Field != "file" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// bomb is a small file that unpacks to 100 MiB: the same packed MiB again and
// again, so that it is made in no time.
func bomb(t *testing.T) []byte {
	t.Helper()
	var packed, b bytes.Buffer
	pack, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	zero, sum := make([]byte, 1<<20), crc32.NewIEEE()
	if _, err := pack.Write(zero); err != nil || pack.Flush() != nil {
		t.Fatal("the bomb is not packed:", err)
	}
	const times = 100
	body := bytes.Repeat(packed.Bytes(), times)
	for range times {
		_, _ = sum.Write(zero) // a hash takes all
	}
	body = append(body, 3, 0) // an empty last block
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, CRC32: sum.Sum32(),
		CompressedSize64: uint64(len(body)), UncompressedSize64: times << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(body); err != nil || z.Close() != nil {
		t.Fatal("the bomb is not written:", err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	in, err := r.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, in); n != times<<20 || err != nil || b.Len() > exchange.MaxFile {
		t.Fatalf("control: %d bytes unpack to %d: %v", b.Len(), n, err)
	}
	return b.Bytes()
}

func TestDecodeXLSX(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for cell, v := range map[string]any{
		"A1": "Data PM", "A3": "Nama", "B3": "NIK", "C3": "Tgl Lahir", "A4": "Siti", "B4": "3372045708900001", "C4": 33102, "A5": "Budi", "B5": 3372045708900001.0,
	} {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	headings, rows, err := exchange.Decode(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(headings, "|") != "Nama|NIK|Tgl Lahir" || len(rows) != 2 || rows[0].No != 4 || strings.Join(rows[0].Cells, "|") != "Siti|3372045708900001|33102" {
		t.Errorf("%q %+v", headings, rows)
	}
	if got := rows[1].Cells[1]; got != "3372045708900001" && got != "3.372045708900001E+15" && got != "3372045708900000" {
		t.Errorf("a NIK stored as a number reads %q", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("Nama;NIK\nSiti;1\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xff\xfeN\x00"))
	f.Add([]byte("sep=|\nNama|NIK\nSiti|1\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		headings, rows, err := exchange.Decode(file)
		if err != nil {
			if len(casework.Faults(err)) == 0 {
				t.Fatalf("an error that nobody can read: %v", err)
			}
			return
		}
		last := 0
		for _, r := range rows {
			if len(r.Cells) != len(headings) || r.No <= last {
				t.Fatalf("row %d has %d cells of %d, after row %d", r.No, len(r.Cells), len(headings), last)
			}
			last = r.No
		}
	})
}
