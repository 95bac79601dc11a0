package handoff

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// buckets are the sizes that what rides beside a command is padded to, so that
// its length says nothing of what is in it.
var buckets = []int{1 << 10, 4 << 10, 16 << 10, 64 << 10}

// errTooLong means that a text does not fit beside a command.
var errTooLong = errors.New("handoff: the text is too long to go with a command")

// pad puts a length before text and zeros behind it.
func pad(text []byte) ([]byte, error) {
	for _, size := range buckets {
		if len(text)+4 <= size {
			b := binary.BigEndian.AppendUint32(make([]byte, 0, size), uint32(len(text)))
			return append(b, text...)[:size], nil
		}
	}
	return nil, errTooLong
}

// fits refuses what would not fit beside a command, while the person who wrote
// it is still there to shorten it.
func fits(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode what goes with a command: %w", err)
	}
	if _, err := pad(text); err != nil {
		return casework.Invalid.Because("all that is written here is too long together; say less, or add a document to the case")
	}
	return nil
}

func unpad(b []byte) ([]byte, error) {
	if len(b) < 4 {
		return nil, errSealed
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) || len(bytes.Trim(b[4+n:], "\x00")) > 0 {
		return nil, errSealed
	}
	return b[4 : 4+n], nil
}

// A word is what rides sealed beside a step. The salt keeps anyone from testing
// guesses against its digest, which the ledger holds as the handover record.
type word struct {
	Salt string            `json:"salt"`
	Act  string            `json:"act"`
	Text string            `json:"text,omitempty"`
	Form map[string]string `json:"form,omitempty"`
}

func newWord(act, text string, form map[string]string) word {
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // never fails
	return word{Salt: hex.EncodeToString(salt[:]), Act: act, Text: text, Form: form}
}

// sealText seals a value as the payload of a command.
func sealText(v any, public []byte, at place) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode what goes with a command: %w", err)
	}
	padded, err := pad(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := sealTo(&out, bytes.NewReader(padded), public, at); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// openText opens the payload of a command into a value and returns the text it
// was decoded from.
func openText(payload []byte, keys keyring, at place, into any) ([]byte, error) {
	r, err := openSealed(bytes.NewReader(payload), keys, at)
	if err != nil {
		return nil, err
	}
	padded, err := io.ReadAll(io.LimitReader(r, ledger.MaxPayload))
	if err != nil {
		return nil, err
	}
	text, err := unpad(padded)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return nil, errSealed
	}
	return text, nil
}

// remark makes a word as it stands in the talk of a handoff. What another balai
// wrote is cut to what a person here could have written.
func (w word) remark(by casework.BalaiCode, at ledger.Time) casework.Remark {
	r := casework.Remark{Act: w.Act, By: by, At: at.Time(), Text: clip(w.Text, casework.MaxSaid)}
	for k, v := range w.Form {
		if len(r.Form) >= maxForm {
			break
		}
		if r.Form == nil {
			r.Form = map[string]string{}
		}
		r.Form[clip(k, maxKeyName)] = clip(v, maxField)
	}
	return r
}

// clip cuts s to at most n runes.
func clip(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}
