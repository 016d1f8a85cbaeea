package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

const (
	holdersShown   = 12 // accounts named on a feature's page
	overridesShown = 10 // overrides on a page of them
	historyShown   = 8  // change sets in a timeline
)

// featureOf finds the feature that a request's path names, or refuses with NotFound.
func (s *Server) featureOf(c echo.Context) (*features.Feature, error) {
	key, err := url.PathUnescape(c.Param("key"))
	if err != nil {
		key = c.Param("key")
	}
	return s.live.Catalogue().Feature(key)
}

// showFeature is the page of one feature.
func (s *Server) showFeature(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	model, err := s.featureModel(c, feature)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, inShell(s.shell(c, feature.Name, "features"), views.FeaturePage(model)))
}

func (s *Server) featureModel(c echo.Context, f *features.Feature) (views.FeatureModel, error) {
	name, now := featureName(f), time.Now()
	m := views.FeatureModel{
		FeatureNameModel: name, Address: c.Request().URL.RequestURI(),
		Help: f.Description, HelpURL: f.HelpURL, Category: f.Category, Subcategory: f.Subcategory, Owner: f.Owner,
		Default: views.FieldValue("enabled", f.Default.Enabled), Place: strconv.Itoa(f.DisplayOrder), Badge: featureBadge(f),
		Kill:     views.KillSwitchModel{FeatureNameModel: name, On: f.Enabled, Large: true, MayEdit: mayEdit(c)},
		FlagName: features.FlagName(f.Key), ProducerName: features.ProducerFlagName(f.Key),
		Created: views.When(f.CreatedAt, now), Updated: views.When(f.UpdatedAt, now) + " by " + f.UpdatedBy,
		MayEdit: mayEdit(c),
	}
	for _, add := range []func(echo.Context, *features.Feature, *views.FeatureModel) error{s.addHolders, s.addOverrides, s.addHistory} {
		if err := add(c, f, &m); err != nil {
			return m, err
		}
	}
	return m, nil
}

// addHolders says how many accounts have the feature, and names the first of them.
func (s *Server) addHolders(_ echo.Context, f *features.Feature, m *views.FeatureModel) error {
	filter := features.AccountFilter{Features: []features.FeatureFilter{{Key: f.Key, State: features.StateOn}}}
	holders, err := s.live.List(filter, 1, holdersShown, time.Now())
	if err != nil {
		return err
	}
	m.Accounts, m.Holders = holders.Total, holders.Matching
	m.Sentence = sentence(f, s.live.Count([]*features.Feature{f}, time.Now())[0], s.live.Catalogue().Settings.Mode)
	for _, a := range holders.Accounts {
		m.HolderNames = append(m.HolderNames, accountLink(a))
	}
	return nil
}

func accountLink(a *features.Account) views.Link {
	return views.Link{Text: a.Name, URL: "/admin/accounts/" + a.Slug}
}

// addOverrides lists one page of the accounts for which the feature is overridden, by name.
func (s *Server) addOverrides(c echo.Context, f *features.Feature, m *views.FeatureModel) error {
	number, err := wholeNumber(c.QueryParam("overrides"))
	if err != nil {
		return err
	}
	number = max(number, 1)
	filter := features.AccountFilter{Features: []features.FeatureFilter{{Key: f.Key, State: features.StateOverridden}}}
	page, err := s.live.List(filter, int(number), overridesShown, time.Now())
	if err != nil {
		return err
	}
	ids := make([]int64, len(page.Accounts))
	for i, a := range page.Accounts {
		ids[i] = a.ID
	}
	cells, err := s.db.Cells(c.Request().Context(), ids, []int64{f.ID})
	if err != nil {
		return err
	}
	for _, a := range page.Accounts {
		if cell := cells[db.CellKey{Account: a.ID, Feature: f.ID}]; cell.Override != nil {
			m.Overrides = append(m.Overrides, featureOverrideModel(a, *cell.Override))
		}
	}
	m.OverridePager = overridePager(m.URL("?overrides="), page)
	return nil
}

func featureOverrideModel(a *features.Account, o db.Override) views.FeatureOverrideModel {
	now := time.Now()
	return views.FeatureOverrideModel{
		Account: accountLink(a), On: o.Value.Enabled, By: o.SetBy, When: views.When(o.SetAt, now), Reason: o.Reason,
		Until: views.When(o.ExpiresAt, now),
	}
}

func overridePager(address string, page features.Page) views.PagerModel {
	first := page.First(overridesShown)
	pager := views.PagerModel{First: first, Last: max(0, first+len(page.Accounts)-1), Total: page.Matching}
	if page.Number > 1 {
		pager.PreviousURL = address + strconv.Itoa(page.Number-1)
	}
	if page.Number < page.Pages {
		pager.NextURL = address + strconv.Itoa(page.Number+1)
	}
	return pager
}

// addHistory lists the feature's latest changes, its overrides included.
func (s *Server) addHistory(c echo.Context, f *features.Feature, m *views.FeatureModel) error {
	sets, err := s.db.ChangeSets(c.Request().Context(), db.AuditFilter{Feature: f.Key}, historyShown)
	if err != nil {
		return err
	}
	m.History = timeline(sets, mayEdit(c))
	return nil
}

// timeline is a list of change sets in a few words each.
func timeline(sets []db.ChangeSet, mayUndo bool) []views.ChangeModel {
	changes := make([]views.ChangeModel, len(sets))
	for i, set := range sets {
		changes[i] = changeModel(set, mayUndo)
	}
	return changes
}
