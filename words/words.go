// Package words is how pages, files and answers write numbers, nouns and lists. It knows nothing of the product.
package words

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Number returns a whole number with commas between its thousands: 1,204,000.
func Number[N ~int | ~int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Form returns the form of a word that stands with a number: is for 1, are for every other.
func Form[N ~int | ~int64](n N, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Count returns a number with a noun whose plural ends in s: 1 account, 1,204 accounts.
func Count[N ~int | ~int64](n N, noun string) string { return CountForms(n, noun, noun+"s") }

// CountForms returns a number with the form of a noun that goes with it: 1 copy, 2 copies.
func CountForms[N ~int | ~int64](n N, one, many string) string {
	return Number(n) + " " + Form(n, one, many)
}

// Capital returns a text with a capital at its beginning: Été for été.
func Capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// List returns a list in the middle of a sentence: A, B and C.
func List(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// ListSome returns the first names of a longer list, of which there are so many in all: A, B and 3 more.
func ListSome(names []string, all int) string {
	list := strings.Join(names, ", ")
	if all > len(names) {
		list += " and " + Number(all-len(names)) + " more"
	}
	return list
}

// Clip returns a text, or its beginning where it has more than a number of characters.
func Clip(text string, most int) string {
	characters := 0
	for i := range text {
		if characters == most {
			return text[:i] + "…"
		}
		characters++
	}
	return text
}

// mostShown is how many characters of a text a list shows.
const mostShown = 200

// Clipped returns a text for a list: "none" for an empty one, the beginning of a long one.
func Clipped(text string) string {
	if text == "" {
		return "none"
	}
	return Clip(text, mostShown)
}
