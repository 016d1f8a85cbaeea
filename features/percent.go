package features

import (
	"strconv"
	"strings"
)

// Percent is a share in hundredths of a percent, from 0 to Everyone: the steps that a rollout has (docs/evaluation.md
// §4.1).
type Percent int

// Everyone is 100 percent.
const Everyone Percent = 100 * 100

// ParsePercent reads a share as people write it: "25", "12.5", "0.01", with or without a percent sign.
func ParsePercent(text string) (Percent, bool) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	if whole == "" || len(whole) > 3 || len(fraction) > 2 || !digits(whole+fraction) {
		return 0, false
	}
	n, _ := strconv.Atoi(whole + (fraction + "00")[:2])
	return Percent(n), Percent(n) <= Everyone
}

func digits(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// Number is the share without its sign: "25", "12.5", "0.01".
func (p Percent) Number() string { return strconv.FormatFloat(float64(p)/100, 'f', -1, 64) }

func (p Percent) String() string { return p.Number() + "%" }

// MarshalJSON writes the share as a number of percent.
func (p Percent) MarshalJSON() ([]byte, error) { return []byte(p.Number()), nil }

// UnmarshalJSON reads a number of percent.
func (p *Percent) UnmarshalJSON(text []byte) (err error) {
	read, ok := ParsePercent(string(text))
	if !ok {
		return &Error{Kind: Invalid, Field: "percentage", Message: percentRule}
	}
	*p = read
	return nil
}

const percentRule = "Enter a number from 0 to 100, with at most two decimals, such as 12.5."
