package views

import (
	"strconv"
	"strings"

	"flagstone/words"
)

// PortalModel is the frame around every page of the sample portal.
type PortalModel struct {
	Title       string // of the page: "Shows"
	Account     string // the name of the account; "" for a user without one
	AccountSlug string
	Person      PersonModel
	UserID      string // tells /portal.js whose flags it may keep in the browser
	Home        string // the address of the dashboard
	Links       []PortalLink
	Accounts    []PortalAccount // that the person may switch to, the current one included
	CSRFToken   string
	Feature     string // the key of the feature that this page requires, or ""
}

// site is the portal's own name: the account's, for it is their portal.
func (m PortalModel) site() string {
	if m.Account == "" {
		return "Portal"
	}
	return m.Account
}

// PortalLink leads to a page of the portal. One with a Feature is shown while that feature is on.
type PortalLink struct {
	Text    string
	Note    string // beneath the text, where there is room
	Icon    string
	URL     string
	Feature string // the key of the feature that the page requires, or ""
	On      bool   // whether that feature is on now
	Current bool
}

func (m PortalLink) hidden() bool { return m.Feature != "" && !m.On }

// PortalAccount is one of the accounts of whoever is signed in.
type PortalAccount struct {
	Name    string
	URL     string // the dashboard of that account
	Current bool
}

// PortalDashboardModel is the first page.
type PortalDashboardModel struct {
	Portal   PortalModel
	Lead     string // the state of things, in a sentence
	Figures  []PortalFigure
	Shows    []PortalShow
	AllShows string       // the address of the page with all of them
	Quick    []PortalLink // the pages that require a feature
}

// PortalFigure is a number worth seeing every day.
type PortalFigure struct {
	Label, Value, Note string
}

// PortalShow is an evening that sells tickets.
type PortalShow struct {
	Day, Month  string // of the date, as on a calendar's leaf: "25", "Nov"
	Name        string
	When        string // "Wed 8:00 pm, Crescent Room"
	Sold, Seats int
}

// PortalShowsModel lists what is on.
type PortalShowsModel struct {
	Portal PortalModel
	Shows  []PortalShow
}

// PortalTableModel is a page that is one table under a sentence: orders, or payouts with their figures.
type PortalTableModel struct {
	Portal  PortalModel
	Lead    string
	Figures []PortalFigure
	Caption string
	Columns []string
	Rows    [][]string // of as many cells as there are columns; the first names the row
}

// PortalTextsModel is a page of short texts that open one by one.
type PortalTextsModel struct {
	Portal PortalModel
	Lead   string
	Texts  []PortalText
}

// PortalText is a title and what stands beneath it.
type PortalText struct {
	Title      string
	Icon       string
	Paragraphs []string
}

func (m PortalShow) share() string {
	return words.Number(m.Sold) + " of " + words.Number(m.Seats) + " sold"
}
func (m PortalShow) sold() string  { return strconv.Itoa(m.Sold) }
func (m PortalShow) seats() string { return strconv.Itoa(m.Seats) }

// firstName greets; a name of one word is that word.
func (p PersonModel) firstName() string {
	first, _, _ := strings.Cut(p.Name, " ")
	return first
}
