package console

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// moments are the forms in which an address may give a moment; without a zone it is UTC.
var moments = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly}

// ShowAsOf says what an account had at a moment or a revision, and why.
func (s *Surface) ShowAsOf(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	m := views.AsOfModel{At: c.QueryParam("at"), Differs: c.QueryParam("differs") == "1"}
	if m.Frame, err = s.framed(c, a, "as-of"); err != nil {
		return err
	}
	status := http.StatusOK
	if m.At != "" || c.QueryParam("revision") != "" {
		if err = s.answerAsOf(c, a, &m); err != nil {
			refusal := web.FieldErrors(err)
			if m.Error = refusal["at"]; m.Error == "" {
				return err
			}
			status = http.StatusUnprocessableEntity
		}
	}
	return web.Render(c, status, inShell(s.shell(c, a.Name+": as of", "accounts"), views.AsOfPage(m)))
}

func (s *Surface) answerAsOf(c echo.Context, a *features.Account, m *views.AsOfModel) error {
	ctx := c.Request().Context()
	revision, at, err := s.momentAsked(c)
	if err != nil {
		return err
	}
	then, err := s.DB.AsOf(ctx, revision, a.ID)
	if err != nil {
		return err
	}
	if at.IsZero() {
		at = then.At
	}
	set, err := s.DB.ChangeSet(ctx, revision)
	if err != nil {
		return err
	}
	m.Asked, m.At, m.Moment, m.Change = true, at.UTC().Format("2006-01-02T15:04:05"), views.Moment(at), changeModel(c, set)
	here := m.Frame.URL("/as-of")
	m.All, m.Only = here+"?at="+m.At, here+"?at="+m.At+"&differs=1"
	if c.QueryParam("revision") != "" {
		number := strconv.FormatInt(revision, 10)
		m.All, m.Only = here+"?revision="+number, here+"?revision="+number+"&differs=1"
	}
	if m.Previous, m.Next, err = s.changesBeside(c, a, revision, here); err != nil {
		return err
	}
	if account := then.Account(a.ID); account != nil {
		m.Facts = factsThen(then, account)
		m.Features = s.featuresThen(then, account, a, at, m.Differs)
	}
	return nil
}

// momentAsked gives the revision that the address asks for, and the moment where it gives one. A moment counts to the end
// of what it names, so that a change of that second is in it.
func (s *Surface) momentAsked(c echo.Context) (revision int64, at time.Time, err error) {
	if text := c.QueryParam("revision"); text != "" {
		if revision, err = strconv.ParseInt(text, 10, 64); err != nil {
			return 0, at, &features.Error{Kind: features.NotFound, Message: "There is no such change."}
		}
		return revision, at, nil
	}
	for _, form := range moments {
		if at, err = time.Parse(form, c.QueryParam("at")); err == nil {
			revision, err = s.DB.RevisionAt(c.Request().Context(), at.Add(time.Second-time.Millisecond))
			return revision, at, err
		}
	}
	return 0, at, &features.Error{Kind: features.Invalid, Field: "at", Message: "Enter a date and time, such as 2026-05-01T09:00."}
}

// changesBeside gives the addresses of the changes of an account before and after a revision.
func (s *Surface) changesBeside(c echo.Context, a *features.Account, revision int64, here string) (previous, next string, err error) {
	before, err := s.DB.ChangeSets(c.Request().Context(), db.AuditFilter{Account: a.ID, Before: revision}, 1)
	if err != nil {
		return "", "", err
	}
	if len(before) > 0 {
		previous = here + "?revision=" + strconv.FormatInt(before[0].ID, 10)
	}
	after, err := s.DB.ChangeAfter(c.Request().Context(), a.ID, revision)
	if after != 0 {
		next = here + "?revision=" + strconv.FormatInt(after, 10)
	}
	return previous, next, err
}

func factsThen(then db.Then, a *features.Account) string {
	facts := a.Name + ", " + string(a.Status) + ", without a tier"
	if tier, ok := then.Catalogue.Tier(a.TierID); ok {
		facts = a.Name + ", " + string(a.Status) + ", in the tier " + tier.Name
	}
	if mode := then.Catalogue.Settings.Mode; mode != features.ModeLive {
		facts += "; the mode was " + string(mode)
	}
	return facts
}

// featuresThen are the features that there were, with what the account had of them then and has now.
func (s *Surface) featuresThen(then db.Then, was, is *features.Account, at time.Time, differing bool) (list []views.ThenFeature) {
	now, catalogue := time.Now(), s.Live.Catalogue()
	for _, f := range then.Catalogue.Features() {
		value := then.Catalogue.AccountValue(f, was, at)
		explanation := then.Catalogue.ExplainAccount(f, was, at)
		one := views.ThenFeature{
			Name: f.Name, Key: f.Key, Then: stateBadge(value), Source: string(value.Source),
			Why: views.WhyModel{Title: explanation.Sentence(), Steps: traceOf(explanation)},
		}
		var today features.AccountValue
		if present, err := catalogue.Feature(f.Key); err == nil {
			one.URL, today = "/admin/features/"+f.Key, catalogue.AccountValue(present, is, now)
		}
		one.Now = stateBadge(today)
		one.Same = today.State == value.State && today.Value == value.Value && today.Variant == value.Variant
		if !differing || !one.Same {
			list = append(list, one)
		}
	}
	return list
}
