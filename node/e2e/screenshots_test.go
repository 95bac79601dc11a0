package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestScreenshots takes the pictures of the README's tour: into SCREENSHOTS, or
// into a folder that goes with the test.
func TestScreenshots(t *testing.T) {
	w := newWorld(t)
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		name, as, at, path string
		width              int64
		theme              string
	}{
		{"01-masuk", "", "", "/masuk", 900, "light"},
		{"02-hari-ini", "head", "mgl", "/", 1000, "light"},
		{"03-kasus", "worker", "", "/kasus", 1000, "light"},
		{"04-satu-kasus", "worker", "", "/kasus/{case}", 1000, "light"},
		{"05-rujuk", "head", "", "/kasus/{case}/rujuk", 1000, "light"},
		{"06-rujukan", "head", "mgl", "/rujukan/{handoff}", 1000, "light"},
		{"07-asesmen-telepon", "worker", "", "/kasus/{case}/asesmen", 360, "light"},
		{"08-kontras", "worker", "", "/kasus/{case}", 1000, "kontras"},
	} {
		b := w.srk
		if s.at == "mgl" {
			b = w.mgl
		}
		p := open(t, b)
		if s.as != "" {
			p.signIn(s.as)
		}
		p.width(s.width)
		p.visit(w.path(t, s.path))
		p.theme(s.theme)
		b64 := p.picture()
		if len(b64) < 2000 {
			t.Errorf("%s is an empty picture", s.name)
		}
		if err := os.WriteFile(filepath.Join(dir, s.name+".png"), b64, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// picture is the page as a PNG, no higher than a screen and a half.
func (p *tab) picture() []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatalf("picture of %s: %v", p.where(), err)
	}
	return png
}
