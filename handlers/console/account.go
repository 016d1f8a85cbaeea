package console

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// accountFrame is the head of an account's pages; tab is the section shown, users how many people are in the account.
func (s *Surface) accountFrame(c echo.Context, a *features.Account, tab string, users int) views.AccountFrameModel {
	catalogue := s.Live.Catalogue()
	frame := views.AccountFrameModel{
		ID:           a.ID,
		Tab:          tab,
		Slug:         a.Slug,
		Name:         a.Name,
		Suspended:    a.Status == features.Suspended,
		ExternalID:   a.ExternalID,
		TargetingKey: a.TargetingKey,
		ContactEmail: a.ContactEmail,
		PostalCode:   a.PostalCode,
		Since:        a.CreatedAt.UTC().Format("2 Jan 2006"),
		Users:        users,
		MayEdit:      web.MayEdit(c),
	}
	for i, tier := range catalogue.Tiers() {
		if tier.ID == a.TierID {
			frame.Tier, frame.TierPlace = tier.Name, i+1
		}
	}
	countFeatures(&frame, catalogue, a, time.Now())
	return frame
}

// countFeatures says how many of the active features an account has, and how many of them are overridden.
func countFeatures(frame *views.AccountFrameModel, catalogue *features.Catalogue, a *features.Account, at time.Time) {
	for _, f := range activeFeatures(catalogue) {
		frame.Features++
		switch catalogue.State(f, a, at) {
		case features.On:
			frame.On++
		case features.Some:
			frame.Some++
		default:
		}
		if _, live := a.Override(f.ID, at.UnixMilli()); live {
			frame.Overridden++
		}
	}
}

func activeFeatures(catalogue *features.Catalogue) []*features.Feature {
	var active []*features.Feature
	for _, f := range catalogue.Features() {
		if f.Active {
			active = append(active, f)
		}
	}
	return active
}

// framed is the head of an account's pages for those that list nobody.
func (s *Surface) framed(c echo.Context, a *features.Account, tab string) (views.AccountFrameModel, error) {
	members, err := s.DB.ListUsers(c.Request().Context(), a.ID)
	return s.accountFrame(c, a, tab, len(members)), err
}

// ShowAccount is the account's page with its features.
func (s *Surface) ShowAccount(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	page, err := s.accountPage(c, a)
	if err != nil {
		return err
	}
	content := views.AccountPage(page)
	return s.page(c, s.shell(c, a.Name, "accounts"), content, content)
}

// asideLength is how many people and changes stand beside the features.
const asideLength = 6

func (s *Surface) accountPage(c echo.Context, a *features.Account) (page views.AccountPageModel, err error) {
	ctx := c.Request().Context()
	page.URL, page.Search, page.Show = c.Request().URL.RequestURI(), c.QueryParam("q"), c.QueryParam("show")
	members, err := s.DB.ListUsers(ctx, a.ID)
	if err != nil {
		return page, err
	}
	page.Frame = s.accountFrame(c, a, "features", len(members))
	for _, m := range members[:min(asideLength, len(members))] {
		role, _ := m.RoleIn(a.ID)
		page.Members = append(page.Members, views.MemberModel{Name: m.Name, Email: m.Email, Role: role})
	}
	if page.History, err = s.accountHistory(c, a, 0, asideLength); err != nil {
		return page, err
	}
	if page.Upgrades, err = s.accountUpgrades(c, a); err != nil {
		return page, err
	}
	page.Categories, err = s.featureCategories(c, a, page.Search, page.Show)
	return page, err
}

// featureCategories gives the features that search and filter leave, by category in the order of the registry.
func (s *Surface) featureCategories(c echo.Context, a *features.Account, search, show string) ([]views.FeatureCategoryModel, error) {
	if !slices.Contains([]string{"", "on", "off", "some", "overridden"}, show) {
		return nil, &features.Error{Kind: features.Invalid, Field: "show", Message: "Choose on, off, some or overridden."}
	}
	at, catalogue := time.Now(), s.Live.Catalogue()
	active := activeFeatures(catalogue)
	cells, err := s.Cells(c.Request().Context(), a, active)
	if err != nil {
		return nil, err
	}
	var categories []views.FeatureCategoryModel
	for _, f := range active {
		if !web.Matches(f, search) || !shows(catalogue, a, f, show, at) {
			continue
		}
		row := s.featureRow(c, cell{AccountFeature: web.AccountFeature{Account: a, Feature: f}}, cells[f.ID], at)
		i := slices.IndexFunc(categories, func(m views.FeatureCategoryModel) bool { return m.Name == categoryName(f) })
		if i < 0 {
			i, categories = len(categories), append(categories, categoryOf(catalogue, a, f, at))
		}
		categories[i].Rows = append(categories[i].Rows, row)
	}
	return categories, nil
}

func shows(catalogue *features.Catalogue, a *features.Account, f *features.Feature, show string, at time.Time) bool {
	switch show {
	case "on", "off", "some":
		return catalogue.State(f, a, at).String() == show
	case "overridden":
		_, live := a.Override(f.ID, at.UnixMilli())
		return live
	}
	return true
}

// categoryOf is the head of the category that a feature is in, counted over all its active features.
func categoryOf(catalogue *features.Catalogue, a *features.Account, of *features.Feature, at time.Time) views.FeatureCategoryModel {
	category := views.FeatureCategoryModel{Name: categoryName(of)}
	for _, f := range activeFeatures(catalogue) {
		if categoryName(f) != category.Name {
			continue
		}
		if category.Of == 0 {
			category.ID = "category-" + strconv.FormatInt(f.ID, 10)
		}
		category.Of++
		switch catalogue.State(f, a, at) {
		case features.On:
			category.On++
		case features.Some:
			category.Some++
		default:
		}
	}
	return category
}

// categoryName is a category as a title: "Portal", and "API" for one short enough to be an abbreviation.
func categoryName(f *features.Feature) string {
	name := cmp.Or(f.Category, "other")
	if len(name) <= 3 {
		return strings.ToUpper(name)
	}
	return words.Capital(name)
}
