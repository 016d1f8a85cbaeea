package features

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/cespare/xxhash/v2"
)

// Digest hashes what a plan writes and whom that concerns, so that a plan shown to a person can be told from one worked out
// after something changed.
type Digest struct{ hash *xxhash.Digest }

// NewDigest returns the digest of nothing.
func NewDigest() Digest { return Digest{xxhash.New()} }

// number adds a number.
func (d Digest) number(n int64) {
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], uint64(n))
	_, _ = d.hash.Write(word[:]) // it never fails
}

// value adds a value.
func (d Digest) value(v Value) {
	d.number(int64(stateIf(v.Enabled)))
	d.number(int64(len(v.Data)))
	_, _ = d.hash.WriteString(string(v.Data)) // it never fails
}

// Text adds texts, each quoted so that two of them cannot run together.
func (d Digest) Text(parts ...any) {
	for _, part := range parts {
		_, _ = fmt.Fprintf(d.hash, "%q\n", fmt.Sprint(part)) // it never fails
	}
}

// Effects adds who gains, loses and changes what: each account and each person, not how many.
func (d Digest) Effects(effects []Effect) {
	for _, e := range effects {
		d.Text(e.Feature.Key)
		for _, list := range [][]*Account{e.Gain, e.Lose, e.Change} {
			d.number(int64(len(list)))
			for _, a := range list {
				d.number(a.ID)
			}
		}
		for _, list := range [][]Member{e.Members.Gain, e.Members.Lose, e.Members.Change} {
			d.number(int64(len(list)))
			for _, m := range list {
				d.number(m.User.ID)
				d.number(m.Account.ID)
			}
		}
	}
}

func (d Digest) String() string { return hex.EncodeToString(d.hash.Sum(nil)) }
