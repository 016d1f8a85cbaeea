package features

import (
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
