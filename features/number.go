package features

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// maxNumber is how many characters a number may be written with: more than any that a double holds needs.
const maxNumber = 400

// holds reports whether a double holds a number of JSON, as the programs that read our answers do: it is not beyond the
// largest, nor so close to 0 that it would become 0.
func holds(number string) bool {
	held, err := strconv.ParseFloat(number, 64)
	digits, _, _ := strings.Cut(strings.ToLower(number), "e")
	return err == nil && len(number) <= maxNumber && (held != 0 || !strings.ContainsAny(digits, "123456789"))
}

// ParseWhole returns a number of JSON as an integer; ok is false where it has a fraction or no client holds it exactly. 10.0
// and 1e1 are 10.
func ParseWhole(number string) (n int64, ok bool) {
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		return n, exact(n)
	}
	if !json.Valid([]byte(number)) || !holds(number) {
		return 0, false
	}
	whole, ok := new(big.Rat).SetString(number)
	if !ok || !whole.IsInt() || !whole.Num().IsInt64() {
		return 0, false
	}
	return whole.Num().Int64(), exact(whole.Num().Int64())
}

// plainNumber returns a number as it is kept, so that two of them compare: an integer without a point or an exponent.
func plainNumber(number string) json.Number {
	if n, ok := ParseWhole(number); ok {
		number = strconv.FormatInt(n, 10)
	}
	return json.Number(number)
}
