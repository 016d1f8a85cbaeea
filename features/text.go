package features

import (
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"flagstone/words"
)

// The longest texts that a person may write, in characters.
const (
	maxKey         = 100
	maxIdentifier  = 100
	maxName        = 200
	maxPostalCode  = 20
	maxEmail       = 254
	maxAddress     = 2000
	maxReason      = 500
	maxDescription = 1000
)

// CheckReason refuses a reason for a change that is too long or not text.
func CheckReason(reason string) error {
	var problems Problems
	problems.checkText("reason", reason, maxReason)
	return problems.Err()
}

// CheckTargetingKey refuses a targeting key that is too long or not one line of visible text.
func CheckTargetingKey(key string) error {
	var problems Problems
	problems.checkIdentifier("targeting_key", key, maxIdentifier)
	return problems.Err()
}

func (p *Problems) checkName(name string) {
	if !strings.ContainsFunc(name, visible) {
		p.add("name", "Enter a name.")
		return
	}
	p.checkLine("name", name, maxName)
}

// checkIdentifier refuses what checkLine does, and every invisible character.
func (p *Problems) checkIdentifier(field, text string, most int) {
	if r := invisibleIn(text, false); r != 0 {
		p.addInvisible(field, r)
		return
	}
	p.checkLine(field, text, most)
}

// checkEmail refuses what is not one bare e-mail address.
func (p *Problems) checkEmail(field, text, example string) {
	if r := invisibleIn(text, false); r != 0 {
		p.addInvisible(field, r)
	} else if !validEmail(text) {
		p.add(field, "Enter one e-mail address, such as "+example+".")
	}
}

func (p *Problems) checkAddress(field, text string) {
	if text == "" {
		return
	}
	before := len(*p)
	if p.checkIdentifier(field, text, maxAddress); len(*p) == before && !webAddress(text) {
		p.add(field, "Enter a full address that begins with https:// or http://.")
	}
}

func (p *Problems) addInvisible(field string, r rune) {
	p.add(field, fmt.Sprintf("Delete the invisible character U+%04X.", r))
}

// checkLine refuses what is not one line of printable text of at most a number of characters.
func (p *Problems) checkLine(field, text string, most int) {
	if strings.ContainsAny(text, "\t\r\n") {
		p.add(field, "Write it on one line.")
		return
	}
	p.checkText(field, text, most)
}

// checkText refuses what is not printable text of at most a number of characters; it may have several lines.
func (p *Problems) checkText(field, text string, most int) {
	switch {
	case strings.ContainsFunc(text, unprintable):
		p.add(field, "Use printable characters only.")
	case invisibleIn(text, true) != 0:
		p.addInvisible(field, invisibleIn(text, true))
	case utf8.RuneCountInString(text) > most:
		p.add(field, "Use at most "+words.Number(most)+" characters.")
	}
}

// unprintable also finds bytes that are no UTF-8, which ranging over a string gives as utf8.RuneError.
func unprintable(r rune) bool {
	return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) || r == utf8.RuneError
}

// visible reports whether a character shows by itself.
func visible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.In(r, unicode.Zs, unicode.M) && !invisible(r)
}

// invisible reports whether a character shows nothing, or only turns the text around it: two texts that look the same would
// be different.
func invisible(r rune) bool {
	const brailleBlank, lineSeparator, paragraphSeparator = '\u2800', '\u2028', '\u2029'
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r) || r == brailleBlank || r == lineSeparator || r == paragraphSeparator
}

// invisibleIn returns the first invisible character of a text, 0 when there is none. With joined, those are allowed that
// join or shape what stands beside them, as Persian words and many emoji need.
func invisibleIn(text string, joined bool) rune {
	const nonJoiner, joiner = '\u200c', '\u200d'
	runes := []rune(text)
	for i, r := range runes {
		if !invisible(r) {
			continue
		}
		behind := i > 0 && unicode.IsGraphic(runes[i-1]) && !unicode.IsSpace(runes[i-1])
		before := i+1 < len(runes) && visible(runes[i+1])
		shapes := unicode.Is(unicode.Variation_Selector, r) || (r == nonJoiner || r == joiner) && before
		if !joined || !behind || !shapes {
			return r
		}
	}
	return 0
}

// MaxOrder is the largest place in an order, either way.
const MaxOrder = 1_000_000

func (p *Problems) checkOrder(field string, place int) {
	if place < -MaxOrder || place > MaxOrder {
		p.add(field, "Enter a whole number of at most 1,000,000.")
	}
}

// validEmail tells whether text is one bare e-mail address.
func validEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && utf8.RuneCountInString(text) <= maxEmail
}

func webAddress(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Host != ""
}

func quote(text string) string { return strconv.Quote(text) }
