// Package views renders HTML from models made for it: it knows neither requests nor the database.
package views

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// htmxConfig keeps htmx within the Content-Security-Policy (no style sheet of its own), has a swap be done at once, where
// settling would have the page painted in between, and lets a morph leave an open dialog or details element open.
const htmxConfig = `{"includeIndicatorCSS":false,"defaultTimeout":30000,"defaultSettleDelay":0,"morphIgnore":["data-htmx-powered","open"]}`

// DocumentModel is what every page needs, whoever sees it.
type DocumentModel struct {
	Title     string
	Site      string   // whose page it is, after the title; Flagstone when empty
	Class     string   // of the body
	CSRFToken string   // empty on pages without a form
	Console   bool     // load htmx and console.js
	Scripts   []string // further modules, as named to static.URL
}

// bodyAttributes gives every htmx request of the console its strategy: while one of an element is
// in flight, a second one of the same element is dropped. Fields that search while typing say
// hx-sync="replace" themselves.
func (m DocumentModel) bodyAttributes() templ.Attributes {
	attributes := templ.Attributes{}
	if m.Class != "" {
		attributes["class"] = m.Class
	}
	if m.Console {
		attributes["hx-sync:inherited"] = "drop"
	}
	return attributes
}

func (m DocumentModel) site() string {
	if m.Site == "" {
		return "Flagstone"
	}
	return m.Site
}

// ShellModel is what the frame around a console page shows.
type ShellModel struct {
	Title     string // of the page, as in the browser's tab
	Current   string // overview, accounts, upgrades, features, models, components, audit, settings, or "" for a page not in the navigation
	Person    PersonModel
	IsAdmin   bool // shows Settings
	CSRFToken string
	Mode      string // live, defaults or open (docs/evaluation.md §3)
	Revision  int64
	Pending   int          // upgrade requests that wait
	Changes   ChangesModel // from where on changes by others are told
	Toast     *ToastModel  // shown once the page is open; nil for none
}

// PersonModel is somebody shown by name, with a role in words.
type PersonModel struct {
	ID    int64
	Name  string
	Email string
	Role  string
}

func (p PersonModel) initials() string { return Initials(p.Name) }

// Initials gives the capitals of the first two words of a name, for its avatar: "Arizona Comedy" is
// AC, "Flagstone" is F.
func Initials(name string) string {
	var initials strings.Builder
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, word := range words[:min(2, len(words))] {
		first, _ := utf8.DecodeRuneInString(word)
		initials.WriteRune(unicode.ToUpper(first))
	}
	return initials.String()
}
