package features

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	minPassword = 12
	maxPassword = 200
	minDistinct = 5 // characters that differ
)

// CanonicalPassword returns a password as it is checked, hashed and compared: however a keyboard puts an accented letter
// together, it is one character.
func CanonicalPassword(password string) string { return norm.NFC.String(password) }

// ValidatePassword refuses a password that is too short, too long to hash, or among the first that somebody would try:
// a repetition, a run along the alphabet or the keyboard, or nothing but common words, digits and what is known of the
// user.
func ValidatePassword(password string, user UserDraft) error {
	var problems Problems
	password = CanonicalPassword(password)
	switch length := utf8.RuneCountInString(password); {
	case length < minPassword:
		problems.add("password", "Use at least 12 characters.")
	case length > maxPassword:
		problems.add("password", "Use at most 200 characters.")
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		problems.add("password", "Use printable characters only.")
	case repeats(password) || isRun(strings.ToLower(password)):
		problems.add("password", "This is easy to guess: it repeats or continues a few characters. Use several unrelated words.")
	case madeOfKnownWords(password, user):
		problems.add("password", "This is easy to guess: it is made of common words, digits or your own name or e-mail. Use several unrelated words.")
	}
	return problems.Err()
}

// repeats reports whether a text has hardly any characters that differ, or is one short text over and over.
func repeats(text string) bool {
	runes := []rune(text)
	distinct := slices.Clone(runes)
	slices.Sort(distinct)
	if len(slices.Compact(distinct)) < minDistinct {
		return true
	}
	for period := 1; period < minPassword && period <= len(runes)/2; period++ {
		if slices.Equal(runes[period:], runes[:len(runes)-period]) {
			return true
		}
	}
	return false
}

// rows are the runs that people type, each for both directions.
var rows = []string{"01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop[]asdfghjkl;'zxcvbnm,./", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "1q2w3e4r5t6y7u8i9o0p"}

// isRun reports whether a text is one of the runs that people type, or a part of one.
func isRun(text string) bool {
	backwards := []rune(text)
	slices.Reverse(backwards)
	return slices.ContainsFunc(rows, func(row string) bool {
		return strings.Contains(row, text) || strings.Contains(row, string(backwards))
	})
}

//go:embed common_words.txt
var commonWordsFile string

// commonWords are the words that passwords are made of.
var commonWords = sync.OnceValue(func() map[string]bool {
	words := make(map[string]bool)
	for word := range strings.FieldsSeq(commonWordsFile) {
		words[word] = true
	}
	return words
})

// maxCommonWords is how many common words a password must not consist of alone; more of them are hard to guess again.
const maxCommonWords = 3

// madeOfKnownWords reports whether nothing but a few common words, and words known of the user, are left of a password
// without its digits and signs.
func madeOfKnownWords(password string, user UserDraft) bool {
	own := make(map[string]bool)
	for _, word := range strings.FieldsFunc(strings.ToLower(CanonicalPassword(user.Name+" "+user.Email)), isNoLetter) {
		own[word] = true
	}
	cost := func(word string) (words int, known bool) {
		if own[word] {
			return 0, true
		}
		return 1, commonWords()[word] || isRun(word) && len(word) > 2
	}
	text := strings.ToLower(password)
	for _, letters := range []string{onlyLetters(text), onlyLetters(disguises.Replace(strings.TrimFunc(text, isNoLetter)))} {
		if letters != "" && wordsIn(letters, cost) <= maxCommonWords {
			return true
		}
	}
	return false
}

func isNoLetter(r rune) bool { return !unicode.IsLetter(r) }

func onlyLetters(text string) string {
	return strings.Map(func(r rune) rune {
		if isNoLetter(r) {
			return -1
		}
		return r
	}, text)
}

// disguises are the signs that people write for letters.
var disguises = strings.NewReplacer("0", "o", "1", "i", "!", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t")

// wordsIn returns the least number of words that a text consists of, as cost counts them; more than it has bytes when it
// consists of none that are known.
func wordsIn(text string, cost func(word string) (words int, known bool)) int {
	least := make([]int, len(text)+1) // by length of the beginning
	for end := 1; end <= len(text); end++ {
		least[end] = len(text) + 1
		for start := range end {
			if words, known := cost(text[start:end]); known {
				least[end] = min(least[end], least[start]+words)
			}
		}
	}
	return least[len(text)]
}
