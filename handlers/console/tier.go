package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// tierOf finds the tier that a request's path names, or refuses with NotFound.
func (s *Surface) tierOf(c echo.Context) (features.Tier, error) {
	return s.Live.Catalogue().TierByKey(c.Param("tier"))
}

// ShowTier is the page of one tier.
func (s *Surface) ShowTier(c echo.Context) error {
	tier, err := s.tierOf(c)
	if err != nil {
		return err
	}
	page, err := s.tierPage(c, tier)
	if err != nil {
		return err
	}
	content := views.TierPage(page)
	return s.page(c, s.shell(c, tier.Name, "tiers"), content, content)
}

func (s *Surface) tierPage(c echo.Context, tier features.Tier) (m views.TierPageModel, err error) {
	m = views.TierPageModel{
		MatrixTier:  views.MatrixTier{Key: tier.Key, Name: tier.Name, Place: slices.Index(s.Live.Catalogue().Tiers(), tier) + 1},
		Description: tier.Description, Position: tier.Position, MayEdit: web.MayEdit(c),
	}
	accounts, err := s.Live.List(features.AccountFilter{Tiers: []string{tier.Key}}, 1, asideLength, time.Now())
	if err != nil {
		return m, err
	}
	m.Accounts = accounts.Matching
	for _, a := range accounts.Accounts {
		m.Names = append(m.Names, accountLink(a))
	}
	s.tierIncludes(&m, tier)
	changes, err := s.DB.TierChanges(c.Request().Context(), tier.ID, asideLength)
	if err != nil {
		return m, err
	}
	for _, change := range changes {
		entry, err := s.historyEntry(c, change, time.Now())
		if err != nil {
			return m, err
		}
		m.History = append(m.History, entry)
	}
	return m, nil
}

// tierIncludes adds what the tier lists, by category in the order of the registry.
func (s *Surface) tierIncludes(m *views.TierPageModel, tier features.Tier) {
	catalogue := s.Live.Catalogue()
	for _, f := range catalogue.Features() {
		tierFeature, ok := catalogue.TierFeature(tier.ID, f)
		if !ok {
			continue
		}
		i := slices.IndexFunc(m.Includes, func(x views.TierCategory) bool { return x.Name == categoryName(f) })
		if i < 0 {
			i, m.Includes = len(m.Includes), append(m.Includes, views.TierCategory{Name: categoryName(f)})
		}
		m.Includes[i].Rows = append(m.Includes[i].Rows, views.TierFeatureRow{
			FeatureNameModel: featureName(f), Value: valueWord(tierFeature.Value), On: tierFeature.Value.Enabled,
			Locked: !tierFeature.AllowOverride, Ask: tierFeature.AllowUpgrade, EditURL: views.MatrixCell{Tier: tier.Key, Key: f.Key}.URL(),
		})
		m.Listed++
		if tierFeature.Value.Enabled {
			m.On++
		}
		if !tierFeature.AllowOverride {
			m.Locked++
		}
	}
}

// ConfirmNewTier asks for a tier that is not there yet.
func (s *Surface) ConfirmNewTier(c echo.Context) error {
	return s.newTierQuestion(c, views.TierFields{}, nil)
}

func (s *Surface) newTierQuestion(c echo.Context, fields views.TierFields, refusal error) error {
	question := views.AskModel{
		ID: "new-tier-dialog", Title: "New tier", Hint: "It lists nothing yet, and no account is in it.", Action: "/admin/tiers",
		CSRFToken: s.CSRFToken(c), Submit: "Create tier", Back: views.Link{Text: "Tiers", URL: "/admin/tiers"},
	}
	fields.Errors = web.FieldErrors(refusal)
	return s.confirm(c, "tiers", question, views.AskTierFields(fields), refusal)
}

// CreateTier adds a tier.
func (s *Surface) CreateTier(c echo.Context) error {
	fields, tier, err := readTier(c)
	var revision int64
	if err == nil {
		revision, err = s.DB.CreateTier(c.Request().Context(), web.Actor(c), tier)
	}
	switch {
	case web.FieldErrors(err) != nil:
		return s.newTierQuestion(c, fields, err)
	case err != nil:
		return err
	}
	return s.done(c, "Created tier "+strings.TrimSpace(tier.Name), revision, "/admin/tiers")
}

// readTier reads the fields of a tier.
func readTier(c echo.Context) (fields views.TierFields, tier features.Tier, err error) {
	fields = views.TierFields{
		Key: c.FormValue("key"), Name: c.FormValue("name"), Description: c.FormValue("description"), Position: c.FormValue("position"),
		Version: c.FormValue("version"),
	}
	tier = features.Tier{Key: fields.Key, Name: fields.Name, Description: fields.Description}
	if text := strings.TrimSpace(fields.Position); text != "" {
		if tier.Position, err = strconv.Atoi(text); err != nil {
			err = web.Refusal("order", "Enter a whole number, such as 3.")
		}
	}
	return fields, tier, err
}

// ConfirmTier asks for another name, description or place of a tier.
func (s *Surface) ConfirmTier(c echo.Context) error {
	tier, err := s.tierOf(c)
	if err != nil {
		return err
	}
	version, err := s.DB.TierVersion(c.Request().Context(), tier.ID)
	if err != nil {
		return err
	}
	version = min(version, s.Live.Catalogue().Revision) // as with a cell: see featureRow
	return s.tierQuestion(c, tier, views.TierFields{
		Name: tier.Name, Description: tier.Description, Position: strconv.Itoa(tier.Position), Version: strconv.FormatInt(version, 10),
	}, nil)
}

func (s *Surface) tierQuestion(c echo.Context, tier features.Tier, fields views.TierFields, refusal error) error {
	page := views.MatrixTier{Key: tier.Key}
	question := views.AskModel{
		ID: "tier-dialog", Title: "Edit " + tier.Name, Hint: "No account or user is affected.", Action: page.URL(""),
		CSRFToken: s.CSRFToken(c), Submit: "Save", Back: views.Link{Text: tier.Name, URL: page.URL("")},
	}
	if fields.Errors = web.FieldErrors(refusal); fields.Conflict != nil {
		question.Hint = web.Describe(refusal).Detail
	}
	return s.confirm(c, "tiers", question, views.AskTierFields(fields), refusal)
}

// UpdateTier saves what was typed, unless someone else has saved since: then the form comes back with both versions.
func (s *Surface) UpdateTier(c echo.Context) error {
	was, err := s.tierOf(c)
	if err != nil {
		return err
	}
	fields, tier, err := readTier(c)
	tier.Key = was.Key
	var revision int64
	if err == nil {
		var version int64
		if version, err = strconv.ParseInt(fields.Version, 10, 64); err != nil {
			return web.Refusal("version", "The version is missing. Reload the page and try again.")
		}
		revision, err = s.DB.UpdateTier(c.Request().Context(), web.Actor(c), db.TierChange{Tier: tier, Version: version})
	}
	switch {
	case features.KindOf(err) == features.Conflict:
		return s.tierConflict(c, fields, err)
	case web.FieldErrors(err) != nil:
		return s.tierQuestion(c, was, fields, err)
	case err != nil:
		return err
	}
	return s.done(c, "Saved "+strings.TrimSpace(tier.Name), revision, views.MatrixTier{Key: tier.Key}.URL(""))
}

// tierConflict shows the form again with both versions.
func (s *Surface) tierConflict(c echo.Context, fields views.TierFields, refusal error) error {
	stored, err := s.tierOf(c)
	if err != nil {
		return err
	}
	version, err := s.DB.TierVersion(c.Request().Context(), stored.ID)
	if err != nil {
		return err
	}
	fields.Version = strconv.FormatInt(version, 10)
	fields.Conflict = &views.DiffModel{Caption: "Both versions", Before: "Saved", After: "Yours, not saved"}
	for _, row := range []views.DiffRow{
		{Field: "Name", Before: stored.Name, After: fields.Name},
		{Field: "Description", Before: stored.Description, After: fields.Description},
		{Field: "Place", Before: strconv.Itoa(stored.Position), After: fields.Position},
	} {
		if row.Before != row.After {
			fields.Conflict.Rows = append(fields.Conflict.Rows, row)
		}
	}
	return s.tierQuestion(c, stored, fields, refusal)
}

// ConfirmDeleteTier asks whether a tier shall go, and where its accounts go then.
func (s *Surface) ConfirmDeleteTier(c echo.Context) error {
	tier, err := s.tierOf(c)
	if err != nil {
		return err
	}
	return s.deleteTierQuestion(c, tier, nil)
}

func (s *Surface) deleteTierQuestion(c echo.Context, tier features.Tier, refusal error) error {
	page := views.MatrixTier{Key: tier.Key}
	errors := web.FieldErrors(refusal)
	fields := views.DeleteTierFields{
		Accounts: s.accountsByTier()[tier.ID], Preview: page.URL("/delete/effect"), Reason: c.FormValue("reason"), Error: errors["reason"],
		MoveTo: views.SelectModel{
			ID: "move_to", Name: "move_to", Label: "Move its accounts to", Value: c.FormValue("move_to"), Error: errors["move_to"], Attributes: templ.Attributes{"autofocus": true},
			Options: []views.Option{{Value: "", Text: "Choose a tier"}},
		},
	}
	if features.KindOf(refusal) == features.Conflict {
		fields.MoveTo.Error = web.Describe(refusal).Detail
	}
	for _, other := range s.Live.Catalogue().Tiers() {
		if other.ID != tier.ID {
			fields.MoveTo.Options = append(fields.MoveTo.Options, views.Option{Value: other.Key, Text: other.Name})
		}
	}
	fields.MoveTo.Options = append(fields.MoveTo.Options, views.Option{Value: features.NoTier, Text: "No tier"})
	if fields.MoveTo.Value != "" && fields.MoveTo.Error == "" {
		effect, err := s.moveAllEffect(tier, fields.MoveTo.Value)
		if err != nil {
			return err
		}
		fields.Effect = &effect
	}
	question := views.AskModel{
		ID: "delete-tier-dialog", Title: "Delete " + tier.Name + "?", Action: page.URL("/delete"), CSRFToken: s.CSRFToken(c),
		Hint: s.whatGoesWith(tier), Submit: "Delete " + tier.Name, Danger: true, Note: "Can be undone.",
		Back: views.Link{Text: tier.Name, URL: page.URL("")},
	}
	if fields.Accounts > 0 {
		question.Hint = accountCount(fields.Accounts) + " " + words.Form(fields.Accounts, "is", "are") + " in it. " + question.Hint
		question.Submit = "Delete it and move " + accountCount(fields.Accounts)
	}
	return s.confirm(c, "tiers", question, views.AskDeleteTier(fields), refusal)
}

// whatGoesWith says what a tier that is deleted takes with it.
func (s *Surface) whatGoesWith(tier features.Tier) string {
	count := 0
	for _, x := range s.Live.Catalogue().TierFeatures() {
		if x.TierID == tier.ID {
			count++
		}
	}
	if count == 0 {
		return "It lists nothing."
	}
	return "Its values for " + words.Count(count, "feature") + " are deleted with it."
}

// moveAllEffect is what moving every account of a tier to another one, or to none, does.
func (s *Surface) moveAllEffect(from features.Tier, key string) (m views.FeatureEffectsModel, err error) {
	var to features.Tier
	if key != features.NoTier {
		if to, err = s.Live.Catalogue().TierByKey(key); err != nil {
			return m, err
		}
	}
	proposal := features.Proposal{Features: append([]string{}, s.Live.Catalogue().Differing(from.ID, to.ID)...)}
	for a := range s.Live.Accounts().All() {
		if a.TierID == from.ID {
			proposal.Accounts = append(proposal.Accounts, a.InTier(to.ID))
		}
	}
	return s.featureEffects(s.Live.Effects(proposal, time.Now())), nil
}

// PreviewDeleteTier says what the accounts of a tier that goes gain and lose where they go.
func (s *Surface) PreviewDeleteTier(c echo.Context) error {
	tier, err := s.tierOf(c)
	if err != nil {
		return err
	}
	if !web.IsHtmx(c) {
		return s.deleteTierQuestion(c, tier, nil)
	}
	key := c.FormValue("move_to")
	if key == "" {
		return web.Render(c, http.StatusOK, views.MoveEffectOf(nil))
	}
	effect, err := s.moveAllEffect(tier, key)
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, views.MoveEffectOf(&effect))
}

// DeleteTier takes a tier away and moves its accounts.
func (s *Surface) DeleteTier(c echo.Context) error {
	tier, err := s.tierOf(c)
	if err != nil {
		return err
	}
	revision, err := s.DB.DeleteTier(c.Request().Context(), web.Actor(c), db.TierDeletion{
		Key: tier.Key, MoveTo: c.FormValue("move_to"), ChangeOptions: db.ChangeOptions{Reason: strings.TrimSpace(c.FormValue("reason"))},
	})
	switch {
	case features.KindOf(err) == features.Conflict, web.FieldErrors(err) != nil:
		return s.deleteTierQuestion(c, tier, err)
	case err != nil:
		return err
	}
	s.setFlash(c, tier.Name+" is deleted", revision)
	return goTo(c, "/admin/tiers")
}

// tierName is a tier by its number, in words.
func tierName(catalogue *features.Catalogue, id int64) string {
	tier, _ := catalogue.Tier(id)
	return cmp.Or(tier.Name, "no tier")
}
