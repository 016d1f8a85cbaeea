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

const (
	holdersShown   = 12 // accounts named on a feature's page
	overridesShown = 10 // overrides on a page of them
	historyShown   = 8  // change sets in a timeline
	featureHistory = 20 // change sets in the timeline of a feature's own page
)

// featureOf finds the feature that a request's path names, or refuses with NotFound.
func (s *Surface) featureOf(c echo.Context) (*features.Feature, error) {
	return s.Live.Catalogue().Feature(c.Param("key"))
}

// featureFrame is the head of a feature's pages; tab is the section shown.
func (s *Surface) featureFrame(c echo.Context, f *features.Feature, tab string) views.FeatureFrameModel {
	name := featureName(f)
	count := s.Live.Count([]*features.Feature{f})[0]
	linked := s.Live.Catalogue().LinksOf(f)
	return views.FeatureFrameModel{
		FeatureNameModel: name, Tab: tab, Address: c.Request().URL.RequestURI(), Help: f.Description, HelpURL: f.HelpURL,
		Type: string(f.Type), Category: f.Category, Links: len(linked.Dependencies) + len(linked.Dependents) + len(linked.Conflicts),
		Badge: featureBadge(f, count), Sentence: s.sentence(f, count), Counting: count.Pending, Holders: count.Having(), Variants: len(f.Variants),
		Kill:    views.KillSwitchModel{FeatureNameModel: name, On: f.Enabled, Large: true, MayEdit: web.MayEdit(c)},
		MayEdit: web.MayEdit(c),
	}
}

// ShowFeatureAccounts is who has the feature, and for whom it is overridden.
func (s *Surface) ShowFeatureAccounts(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	m := views.FeatureAccountsModel{Frame: s.featureFrame(c, feature, "accounts")}
	if m.OnNames, m.On, err = s.holders(feature, features.StateOn); err != nil {
		return err
	}
	if m.SomeNames, m.Some, err = s.holders(feature, features.StateSome); err != nil {
		return err
	}
	m.Accounts = s.Live.Accounts().Len()
	if err := s.addOverrides(c, feature, &m); err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, feature.Name+": accounts", "features"), views.FeatureAccountsPage(m)))
}

// holders says how many accounts have the feature in a state, and names the first of them.
func (s *Surface) holders(f *features.Feature, state features.FeatureState) (names []views.Link, count int, err error) {
	page, err := s.Live.List(inState(f, state), 1, holdersShown, time.Now())
	for _, a := range page.Accounts {
		names = append(names, accountLink(a))
	}
	return names, page.Matching, err
}

func inState(f *features.Feature, state features.FeatureState) features.AccountFilter {
	return features.AccountFilter{Features: []features.FeatureFilter{{Key: f.Key, State: state}}}
}

func accountLink(a *features.Account) views.Link {
	return views.Link{Text: a.Name, URL: "/admin/accounts/" + a.Slug}
}

// addOverrides lists one page of the accounts for which the feature is overridden, by name.
func (s *Surface) addOverrides(c echo.Context, f *features.Feature, m *views.FeatureAccountsModel) error {
	number, err := web.WholeNumber(c.QueryParam("overrides"))
	if err != nil {
		return err
	}
	page, err := s.Live.List(inState(f, features.StateOverridden), int(max(number, 1)), overridesShown, time.Now())
	if err != nil {
		return err
	}
	ids := make([]int64, len(page.Accounts))
	for i, a := range page.Accounts {
		ids[i] = a.ID
	}
	cells, err := s.DB.Cells(c.Request().Context(), ids, []int64{f.ID})
	if err != nil {
		return err
	}
	for _, a := range page.Accounts {
		if cell := cells[db.CellKey{Account: a.ID, Feature: f.ID}]; cell.Override != nil {
			m.Overrides = append(m.Overrides, featureOverrideModel(a, *cell.Override))
		}
	}
	m.OverridePager = overridePager(m.Frame.URL("/accounts?overrides="), page)
	return nil
}

func featureOverrideModel(a *features.Account, o db.Override) views.FeatureOverrideModel {
	now := time.Now()
	return views.FeatureOverrideModel{
		Account: accountLink(a), Value: valueBadge(o.Value), Variant: o.Variant, By: o.SetBy, When: views.When(o.SetAt, now), Reason: o.Reason,
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

// ShowFeatureHistory lists the feature's latest changes, its overrides included.
func (s *Surface) ShowFeatureHistory(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	sets, err := s.DB.ChangeSets(c.Request().Context(), db.AuditFilter{Feature: feature.Key}, featureHistory)
	if err != nil {
		return err
	}
	m := views.FeatureHistoryModel{Frame: s.featureFrame(c, feature, "history"), Changes: timeline(c, sets)}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, feature.Name+": history", "features"), views.FeatureHistoryPage(m)))
}

// ShowFeatureRegistry is what the registry knows of the feature.
func (s *Surface) ShowFeatureRegistry(c echo.Context) error {
	f, err := s.featureOf(c)
	if err != nil {
		return err
	}
	now := time.Now()
	m := views.FeatureRegistryModel{
		Frame: s.featureFrame(c, f, "registry"), HelpURL: f.HelpURL, Subcategory: f.Subcategory, Owner: f.Owner, Active: f.Active,
		Default: defaultWords(f), Allowed: allowedWords(f), Schema: indented(f.Constraints.Schema), Metadata: indented(f.Metadata), Permanent: views.FieldValue("permanent", f.Permanent),
		Place:   strconv.Itoa(f.DisplayOrder),
		Created: views.When(f.CreatedAt, now), Updated: views.When(f.UpdatedAt, now) + " by " + f.UpdatedBy,
	}
	if f.Type.IsBoolean() {
		m.FlagName, m.ProducerName = features.FlagName(f.Key), features.ProducerFlagName(f.Key)
	}
	m.Models, m.Components = s.requiringEntries(f)
	return web.Render(c, http.StatusOK, inShell(s.shell(c, f.Name+": registry", "features"), views.FeatureRegistryPage(m)))
}

// timeline is a list of change sets in a few words each.
func timeline(c echo.Context, sets []db.ChangeSet) []views.ChangeModel {
	changes := make([]views.ChangeModel, len(sets))
	for i, set := range sets {
		changes[i] = changeModel(c, set)
	}
	return changes
}
