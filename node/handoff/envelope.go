package handoff

import (
	"bufio"
	"crypto/hpke"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"serasi/replication/ledger"
)

// An envelope is one byte for the suite, the id of the key it is sealed to, the
// encapsulated key, and the text in chunks of 64 KiB, each one HPKE message. The
// counter of HPKE keeps their order, and its additional data says which one is
// the last. The numbers are stored and travel: only ever add.
const (
	suite1     = 1 // HPKE base mode: ML-KEM-768 with X25519, HKDF-SHA256, AES-256-GCM
	encapSize  = 1120
	chunkSize  = 64 << 10
	tagSize    = 16
	headerSize = 1 + len(ledger.KeyID{}) + encapSize
)

// Additional data of a chunk.
var (
	moreToCome = []byte{0}
	lastChunk  = []byte{1}
)

// errSealed says all that may be said about an envelope that does not open.
var errSealed = errors.New("handoff: the envelope is not for us, altered, in another order, or cut")

// place says what an envelope is for. It is bound to the text: an envelope does
// not open as part of another handoff.
type place struct {
	Federation ledger.Hash
	Handoff    ledger.ID
	From, To   ledger.NodeID // who sealed it, and who may open it
	Part       string        // summary, packet, addenda, or the name of an act
}

func (p place) info(key ledger.KeyID) []byte {
	b := append([]byte("SERASI sealed v1\x00"), p.Federation[:]...)
	b = append(b, p.Handoff[:]...)
	for _, s := range []string{string(p.From), string(p.To), string(key[:]), p.Part} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
		b = append(b, s...)
	}
	return b
}

// sealTo writes what src holds to dst, for the owner of the public key only.
func sealTo(dst io.Writer, src io.Reader, public []byte, at place) error {
	to, err := hpke.MLKEM768X25519().NewPublicKey(public)
	if err != nil {
		return fmt.Errorf("read a sealing key: %w", err)
	}
	key := ledger.KeyIDOf(public)
	enc, sender, err := hpke.NewSender(to, hpke.HKDFSHA256(), hpke.AES256GCM(), at.info(key))
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	head := append([]byte{suite1}, key[:]...)
	if _, err := dst.Write(append(head, enc...)); err != nil {
		return err
	}
	in, buf := bufio.NewReaderSize(src, chunkSize+1), make([]byte, chunkSize)
	for {
		text, last, err := nextChunk(in, buf)
		if err != nil {
			return err
		}
		sealed, err := sender.Seal(mark(last), text)
		if err != nil {
			return fmt.Errorf("seal: %w", err)
		}
		if _, err := dst.Write(sealed); err != nil || last {
			return err
		}
	}
}

func mark(last bool) []byte {
	if last {
		return lastChunk
	}
	return moreToCome
}

// nextChunk fills buf as far as it can and says whether that was all. A source
// that breaks does not look like one that ends.
func nextChunk(in *bufio.Reader, buf []byte) (text []byte, last bool, err error) {
	n, err := io.ReadFull(in, buf)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, false, err
	}
	switch _, err := in.Peek(1); {
	case errors.Is(err, io.EOF):
		return buf[:n], true, nil
	case err != nil:
		return nil, false, err
	}
	return buf[:n], false, nil
}

// keyring finds private sealing keys by id; nil if the key is gone.
type keyring func(ledger.KeyID) hpke.PrivateKey

// openSealed returns the text of an envelope as a stream. Until it has given
// io.EOF the text may be only a part: use nothing of it before.
func openSealed(src io.Reader, keys keyring, at place) (io.Reader, error) {
	head := make([]byte, headerSize)
	if _, err := io.ReadFull(src, head); err != nil {
		return nil, sealedOr(err)
	}
	if head[0] != suite1 {
		return nil, errSealed
	}
	id := ledger.KeyID(head[1 : 1+len(ledger.KeyID{})])
	key := keys(id)
	if key == nil {
		return nil, fmt.Errorf("%w: it is sealed to key %s, which is not here", errSealed, id)
	}
	from, err := hpke.NewRecipient(head[1+len(id):], key, hpke.HKDFSHA256(), hpke.AES256GCM(), at.info(id))
	if err != nil {
		return nil, errSealed
	}
	return &opened{src: bufio.NewReaderSize(src, chunkSize+tagSize+1), from: from, buf: make([]byte, chunkSize+tagSize)}, nil
}

// sealedOr keeps the errors of a disk apart from those of an envelope.
func sealedOr(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errSealed
	}
	return err
}

// opened reads the chunks of an envelope.
type opened struct {
	src  *bufio.Reader
	from *hpke.Recipient
	buf  []byte
	text []byte // opened and not yet read
	end  error  // after text
}

func (o *opened) Read(p []byte) (int, error) {
	for len(o.text) == 0 {
		if o.end != nil {
			return 0, o.end
		}
		o.text, o.end = o.next()
	}
	n := copy(p, o.text)
	o.text = o.text[n:]
	return n, nil
}

func (o *opened) next() ([]byte, error) {
	sealed, last, err := nextChunk(o.src, o.buf)
	if err != nil {
		return nil, err
	}
	text, err := o.from.Open(mark(last), sealed)
	if err != nil {
		return nil, errSealed
	}
	if last {
		return text, io.EOF
	}
	return text, nil
}
