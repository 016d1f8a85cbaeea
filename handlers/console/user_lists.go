package console

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// peoplePage is how many people are on a page of a list.
const peoplePage = 50

// peopleQuery is a list of people as its address says: searched for what, sorted by what, at which page.
type peopleQuery struct {
	path   string // of the list
	search string
	sort   string // name, role or seen, with "-" before it the other way round
	page   int
}

var peopleSorts = []string{"name", "-name", "role", "-role", "seen", "-seen"}

func readPeopleQuery(c echo.Context, path string) (q peopleQuery, err error) {
	q = peopleQuery{path: path, search: strings.TrimSpace(c.QueryParam("q")), sort: c.QueryParam("sort")}
	if q.sort == "" {
		q.sort = "name"
	}
	if !slices.Contains(peopleSorts, q.sort) {
		return q, &features.Error{Kind: features.NotFound, Message: "Sort by name, role or seen."}
	}
	q.page, err = web.PageNumber(c)
	return q, err
}

// url is the list's address, without what is usual.
func (q peopleQuery) url() string {
	values := url.Values{}
	if q.search != "" {
		values.Set("q", q.search)
	}
	if q.sort != "name" {
		values.Set("sort", q.sort)
	}
	if q.page != 1 {
		values.Set("page", strconv.Itoa(q.page))
	}
	return web.Address(q.path, values)
}

func (q peopleQuery) at(page int) peopleQuery {
	q.page = page
	return q
}

// header is the head of the column that a list can be sorted by; a second click sorts the other way round.
func (q peopleQuery) header(column, text string) views.SortHeaderModel {
	header := views.SortHeaderModel{ID: "sort-" + column, Text: text}
	next := q.at(1)
	next.sort = column
	switch q.sort {
	case column:
		header.Direction, next.sort = "ascending", "-"+column
	case "-" + column:
		header.Direction = "descending"
	}
	header.URL = next.url()
	return header
}

// userRow is someone in a list, with what the list says of them.
type userRow struct {
	db.Person
	role  string // what the list is about
	staff string // beside it, "" for nothing
}

// apply gives the people that match, in order.
func (q peopleQuery) apply(all []userRow) []userRow {
	wanted := features.Fold(q.search)
	var matching []userRow
	for _, p := range all {
		if strings.Contains(features.Fold(p.Name+"\n"+p.Email), wanted) {
			matching = append(matching, p)
		}
	}
	column, reverse := strings.CutPrefix(q.sort, "-")
	slices.SortStableFunc(matching, func(a, b userRow) int {
		order := 0
		switch column {
		case "name":
			order = strings.Compare(features.Fold(a.Name), features.Fold(b.Name))
		case "role":
			order = strings.Compare(a.role, b.role)
		case "seen":
			order = a.SeenAt.Compare(b.SeenAt)
		}
		if reverse {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.ID, b.ID))
	})
	return matching
}

// peopleModel is one page of a list. What differs from list to list the caller fills in.
func (s *Surface) peopleModel(c echo.Context, q peopleQuery, all []userRow, actions func(userRow) []views.ActionModel) (views.PeopleModel, error) {
	matching := q.apply(all)
	pages := max(1, (len(matching)+peoplePage-1)/peoplePage)
	if web.IsHtmx(c) {
		q.page = min(q.page, pages) // the list may have shrunk since this page of it was shown
	}
	if q.page > pages {
		return views.PeopleModel{}, &features.Error{Kind: features.NotFound, Message: fmt.Sprintf("There is no page %d. The last page is %d.", q.page, pages)}
	}
	from := (q.page - 1) * peoplePage
	shown := matching[from:min(from+peoplePage, len(matching))]
	model := views.PeopleModel{
		Path: q.path, URL: q.url(), Search: q.search, Matching: len(matching), Total: len(all),
		Name: q.header("name", "Name"), Role: q.header("role", "Role"), Seen: q.header("seen", "Last seen"),
		Pager:     views.PagerModel{First: from + 1, Last: from + len(shown), Total: len(matching)},
		CSRFToken: s.CSRFToken(c),
	}
	if q.sort != "name" {
		model.Sort = q.sort
	}
	if q.page > 1 {
		model.Pager.PreviousURL = q.at(q.page - 1).url()
	}
	if q.page < pages {
		model.Pager.NextURL = q.at(q.page + 1).url()
	}
	now := time.Now()
	for _, p := range shown {
		row := personRow(p, now)
		row.You = p.ID == web.CallerOf(c).User.ID
		row.Actions = actions(p)
		model.Rows = append(model.Rows, row)
	}
	return model, nil
}

func personRow(p userRow, now time.Time) views.PersonRowModel {
	return views.PersonRowModel{
		ID: "person-" + strconv.FormatInt(p.ID, 10), Name: p.Name, Email: p.Email, Role: p.role, Staff: p.staff,
		Seen: views.When(p.SeenAt, now), State: personState(p),
	}
}

func personState(p userRow) views.BadgeModel {
	switch {
	case p.Disabled:
		return views.BadgeModel{Text: "Disabled", Kind: "warn", Icon: "refuse"}
	case p.Invited && !p.HasPassword:
		return views.BadgeModel{Text: "Invited, not yet signed in"}
	case !p.HasPassword:
		return views.BadgeModel{Text: "Not invited yet"}
	}
	return views.BadgeModel{Text: "Active", Kind: "good"}
}

// userTarget is a person that a request is about, with the addresses around them.
type userTarget struct {
	*features.User
	url  string     // of what can be done about them
	back views.Link // the list that they are in
	nav  string     // the place of that list in the navigation
}

// finder finds out whom a request is about. It refuses, with NotFound, someone who is not in the list that the address
// names, and with Forbidden, someone whom the caller may not manage.
type finder func(c echo.Context) (userTarget, error)

func mayManage(c echo.Context, user *features.User) error {
	if web.CallerOf(c).User.MayManage(user) {
		return nil
	}
	return web.Forbidden(user.Name + " is staff: only an admin may do this.")
}

// managing are the actions about how someone signs in.
func managing(p userRow, url string) []views.ActionModel {
	if p.Disabled {
		return []views.ActionModel{{Text: "Enable", Icon: "check", URL: url + "/enable", Acts: true}}
	}
	link := views.ActionModel{Text: "Create reset link…", Icon: "key", URL: url + "/link"}
	if !p.HasPassword {
		link.Text = "Create invitation link…"
	}
	return append([]views.ActionModel{link}, views.ActionModel{Text: "Disable…", Icon: "refuse", URL: url + "/disable", Danger: true})
}

func (s *Surface) disableQuestion(c echo.Context, who userTarget) views.AskModel {
	return views.AskModel{
		ID: "disable-dialog", Title: "Disable " + who.Name + "?", Hint: who.Email, Action: who.url + "/disable",
		CSRFToken: s.CSRFToken(c), Submit: "Disable", Danger: true, Back: who.back,
	}
}

const disableEffect = "All their sessions end at once, and they cannot sign in until they are enabled again. Their changes are kept."

// ConfirmDisable asks whether someone shall be kept out.
func (s *Surface) ConfirmDisable(find finder) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := find(c)
		if err != nil {
			return err
		}
		return s.confirm(c, who.nav, s.disableQuestion(c, who), views.AskOnly(disableEffect, ""), nil)
	}
}

// Disable keeps someone out.
func (s *Surface) Disable(find finder) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := find(c)
		if err != nil {
			return err
		}
		_, err = s.DB.DisableUser(c.Request().Context(), web.Actor(c), who.ID)
		if fields := web.FieldErrors(err); fields != nil {
			return s.confirm(c, who.nav, s.disableQuestion(c, who), views.AskOnly(disableEffect, fields[""]), err)
		}
		if err != nil {
			return err
		}
		return s.saved(c, "Disabled "+who.Name, who.back.URL)
	}
}

// Enable lets someone sign in again.
func (s *Surface) Enable(find finder) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := find(c)
		if err != nil {
			return err
		}
		if _, err := s.DB.EnableUser(c.Request().Context(), web.Actor(c), who.ID); err != nil {
			return err
		}
		return s.saved(c, "Enabled "+who.Name, who.back.URL)
	}
}
