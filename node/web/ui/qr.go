package ui

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// qrPath draws text as a QR code: a path of an SVG that is size wide with its
// quiet margin. It is empty if the text is too long for one.
func qrPath(text string) (path string, size int) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", 0
	}
	const margin = 4
	var b strings.Builder
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			from := x
			for x < c.Size && c.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+margin, y+margin, x-from, x-from)
			}
		}
	}
	return b.String(), c.Size + 2*margin
}
