// Package words is how pages, files and answers write numbers, nouns and lists. It knows nothing of the product.
package words

import "strconv"

// Number returns a number with commas between its thousands: 1,204,000.
func Number(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Plural returns the form of a noun that stands behind a number: 1 account, 2 accounts.
func Plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// Count returns a number with its noun: 1,204 accounts.
func Count(n int, noun string) string { return Number(n) + " " + Plural(n, noun) }
