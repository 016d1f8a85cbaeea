package console

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

const upgradesPage = 50 // requests on a page of the queue

// ListUpgrades shows what accounts have asked for.
func (s *Surface) ListUpgrades(c echo.Context) error {
	query, err := readUpgradeQuery(c)
	if err != nil {
		return err
	}
	model, err := s.upgradesModel(c, query)
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "Upgrade requests", "upgrades"), views.UpgradesPage(model)))
}

func (s *Surface) upgradesModel(c echo.Context, q upgradeQuery) (m views.UpgradesModel, err error) {
	catalogue, ctx := s.Live.Catalogue(), c.Request().Context()
	filter, err := q.filter(catalogue)
	if err != nil {
		return m, err
	}
	list, matching, err := s.DB.ListUpgrades(ctx, filter, q.part())
	if err != nil {
		return m, err
	}
	if q.page > 1 && len(list) == 0 {
		return m, &features.Error{Kind: features.NotFound, Message: "There is no such page of the list."}
	}
	m = views.UpgradesModel{
		URL: c.Request().URL.RequestURI(), Query: q.search, Choosers: q.choosers(catalogue), Filtered: q.filtered(),
		Count: words.Count(matching, "request"), Sort: q.sort, Columns: q.columns(), Pager: q.list().Pager(len(list), matching), MayEdit: web.MayEdit(c),
	}
	for _, r := range list {
		m.Rows = append(m.Rows, s.upgradeRow(c, r))
	}
	if len(list) == 0 && !m.Filtered {
		_, all, err := s.DB.ListUpgrades(ctx, db.UpgradeFilter{}, db.UpgradePage{Order: db.UpgradesByAge})
		m.Any = all > 0
		return m, err
	}
	return m, nil
}

// upgradeCell is the account and the feature that a request is about.
func (s *Surface) upgradeCell(r features.UpgradeRequest) (x cell, err error) {
	x.Account, x.Feature = s.Live.Accounts().ByID(r.AccountID), s.Live.Catalogue().FeatureByID(r.FeatureID)
	if x.Account == nil || x.Feature == nil {
		return x, &features.Error{Kind: features.NotFound, Message: "The account or feature of this request no longer exists."}
	}
	return x, nil
}

// upgradeRow is a request as lists and questions show it.
func (s *Surface) upgradeRow(c echo.Context, r features.UpgradeRequest) views.UpgradeRowModel {
	now := time.Now()
	row := views.UpgradeRowModel{
		ID: r.ID, Message: r.Message, AskedBy: r.AskedByName, Asked: views.When(r.AskedAt, now), Age: ageWords(now.Sub(r.AskedAt)),
		Status: upgradeBadge(r.Status), Pending: r.Status == features.UpgradePending, Note: r.Note, MayEdit: web.MayEdit(c),
	}
	if !row.Pending {
		row.Decided = "by " + r.DecidedBy + ", " + views.When(r.DecidedAt, now)
	}
	x, err := s.upgradeCell(r)
	if err != nil { // it has gone since the list was read
		return row
	}
	catalogue := s.Live.Catalogue()
	row.Account = views.Link{Text: x.Account.Name, URL: "/admin/accounts/" + x.Account.Slug}
	row.Feature, row.Contact, row.Suspended = featureName(x.Feature), x.Account.ContactEmail, x.Account.Status == features.Suspended
	row.Now = stateWords(x.AccountValue(catalogue, now))
	for i, tier := range catalogue.Tiers() {
		if tier.ID == x.Account.TierID {
			row.Tier, row.TierPlace = tier.Name, i+1
		}
	}
	return row
}

func upgradeBadge(status features.UpgradeStatus) views.BadgeModel {
	badge := views.BadgeModel{Text: words.Capital(string(status))}
	switch status {
	case features.UpgradePending:
		badge.Kind, badge.Icon = "warn", "history"
	case features.UpgradeApproved:
		badge.Kind = "good"
	case features.UpgradeRejected:
		badge.Kind, badge.Icon = "bad", "refuse"
	case features.UpgradeWithdrawn:
	}
	return badge
}

// ageWords is how long ago something was, in its largest unit.
func ageWords(age time.Duration) string {
	switch {
	case age < time.Minute:
		return "just now"
	case age < time.Hour:
		return words.Count(int(age.Minutes()), "minute") + " ago"
	case age < 24*time.Hour:
		return words.Count(int(age.Hours()), "hour") + " ago"
	}
	return words.Count(int(age.Hours()/24), "day") + " ago"
}

// pendingUpgrades counts the requests that wait. A page that cannot say so shows none.
func (s *Surface) pendingUpgrades(c echo.Context) int {
	ctx := c.Request().Context()
	n, err := s.DB.PendingUpgrades(ctx)
	if err != nil && ctx.Err() == nil { // else nobody waits for the page any more
		s.Log.Error("counting upgrade requests", "error", err)
	}
	return n
}

// accountUpgrades is the latest of what an account has asked for.
func (s *Surface) accountUpgrades(c echo.Context, a *features.Account) (m views.AccountUpgradesModel, err error) {
	list, err := s.DB.UpgradesOf(c.Request().Context(), a.ID, asideLength)
	for _, r := range list {
		m.Rows = append(m.Rows, s.upgradeRow(c, r))
	}
	m.All = "/admin/upgrades?" + url.Values{"q": {a.Slug}, "status": {anyStatus}}.Encode()
	return m, err
}

var upgradesLink = views.Link{Text: "Upgrade requests", URL: "/admin/upgrades"}

// upgradeDecided answers that someone else has answered a request meanwhile: with what has become of it.
func (s *Surface) upgradeDecided(c echo.Context, r features.UpgradeRequest) error {
	row := s.upgradeRow(c, r)
	question := views.AskModel{
		ID: "upgrade-dialog", Title: row.Status.Text + " already", Action: row.URL("/approve"), CSRFToken: s.CSRFToken(c), Back: upgradesLink,
	}
	return s.confirm(c, "upgrades", question, views.UpgradeDecided(row), r.CheckPending())
}

// upgradeEnd is a way to end a request without giving anything.
type upgradeEnd struct {
	path, title, submit string
	required            bool // the note
	act                 func(c echo.Context, id int64, note string) (int64, error)
	done                string // "Rejected the request of %s for %s"
}

// Rejection returns how staff reject an upgrade request: the note is required.
func (s *Surface) Rejection() upgradeEnd {
	return upgradeEnd{
		path: "/reject", title: "Reject the request of %s for %s?", submit: "Reject", required: true, done: "Rejected the request of %s for %s",
		act: func(c echo.Context, id int64, note string) (int64, error) {
			return s.DB.RejectUpgrade(c.Request().Context(), web.Actor(c), id, note)
		},
	}
}

// Withdrawal returns how staff withdraw an upgrade request for an account.
func (s *Surface) Withdrawal() upgradeEnd {
	return upgradeEnd{
		path: "/withdraw", title: "Withdraw the request of %s for %s?", submit: "Withdraw", done: "Withdrew the request of %s for %s",
		act: func(c echo.Context, id int64, note string) (int64, error) {
			return s.DB.WithdrawUpgrade(c.Request().Context(), web.Actor(c), db.UpgradeWithdrawal{Request: id, Note: note})
		},
	}
}

// ConfirmUpgradeEnd asks why a request shall end.
func (s *Surface) ConfirmUpgradeEnd(end upgradeEnd) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, err := s.UpgradeOf(c)
		if err != nil {
			return err
		}
		return s.endQuestion(c, end, r, "", nil)
	}
}

func (s *Surface) endQuestion(c echo.Context, end upgradeEnd, r features.UpgradeRequest, note string, refusal error) error {
	if r.CheckPending() != nil {
		return s.upgradeDecided(c, r)
	}
	row, problems := s.upgradeRow(c, r), web.FieldErrors(refusal)
	question := views.AskModel{
		ID: "upgrade-dialog", Title: fmt.Sprintf(end.title, row.Account.Text, row.Feature.Name), Action: row.URL(end.path),
		CSRFToken: s.CSRFToken(c), Submit: end.submit, Danger: true, Note: "Can be undone.", Back: upgradesLink,
	}
	fields := views.NoteFields{Request: row, Required: end.required, Note: note, Error: cmp.Or(problems["note"], problems["reason"])}
	return s.confirm(c, "upgrades", question, views.AskUpgradeNote(fields), refusal)
}

// EndUpgrade ends a request.
func (s *Surface) EndUpgrade(end upgradeEnd) echo.HandlerFunc {
	return func(c echo.Context) error {
		note := strings.TrimSpace(c.FormValue("note"))
		revision, refused := end.act(c, web.PathNumber(c, "id"), note)
		if refused != nil && web.FieldErrors(refused) == nil && features.KindOf(refused) != features.Conflict {
			return refused
		}
		r, err := s.UpgradeOf(c)
		if err != nil {
			return err
		}
		if refused != nil {
			return s.endQuestion(c, end, r, note, refused)
		}
		row := s.upgradeRow(c, r)
		return s.done(c, fmt.Sprintf(end.done, row.Account.Text, row.Feature.Name), revision, upgradesLink.URL)
	}
}
