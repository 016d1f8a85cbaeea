package features

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Tidy returns a text as it is kept: in Unicode's composed form (NFC), without white space around it.
func Tidy(text string) string {
	if !ascii(text) { // which is in that form, and what evaluation asks about nearly always
		text = norm.NFC.String(text)
	}
	return strings.TrimSpace(text)
}

// Email returns an e-mail address as it is kept. Addresses compare without case, which the database knows of ASCII alone:
// those with other letters are kept in lower case.
func Email(text string) string {
	if text = Tidy(text); ascii(text) {
		return text
	}
	return strings.ToLower(text)
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Fold returns a text as searches compare it and lists sort it: without case and accents. "École" and "ecole" are the same.
func Fold(text string) string {
	if ascii(text) {
		return strings.ToLower(text)
	}
	var folded strings.Builder
	for _, r := range strings.ToLower(norm.NFKD.String(text)) {
		if plain, special := plainLetters[r]; special {
			folded.WriteString(plain)
		} else if !unicode.Is(unicode.Mn, r) {
			folded.WriteRune(r)
		}
	}
	return folded.String()
}

// plainLetters are letters that people type without what makes them special, though Unicode takes nothing off them.
var plainLetters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ı': "i", 'ŋ': "n", 'ŧ': "t",
}
