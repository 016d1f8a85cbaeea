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

// NewAccount is the form for an account that is not there yet.
func (s *Surface) NewAccount(c echo.Context) error {
	return s.newAccountPage(c, http.StatusOK, views.AccountFormModel{})
}

func (s *Surface) newAccountPage(c echo.Context, status int, form views.AccountFormModel) error {
	form.CSRFToken, form.Tiers = s.CSRFToken(c), s.tierOptions()
	content := views.NewAccountPage(form)
	return s.pageWith(c, status, s.shell(c, "New account", "accounts"), content, content)
}

func (s *Surface) tierOptions() (options []views.Option) {
	for _, tier := range s.Live.Catalogue().Tiers() {
		options = append(options, views.Option{Value: tier.Key, Text: tier.Name})
	}
	return options
}

// CreateAccount adds an account, which inherits every feature, and leads to its page.
func (s *Surface) CreateAccount(c echo.Context) error {
	typed := accountFields(c, "")
	id, err := s.DB.CreateAccount(c.Request().Context(), web.Actor(c), features.AccountDraft(typed))
	if fields := web.FieldErrors(err); fields != nil {
		return s.newAccountPage(c, http.StatusUnprocessableEntity, views.AccountFormModel{Account: typed, Errors: fields})
	}
	if err != nil {
		return err
	}
	a := s.Live.Accounts().ByID(id)
	s.setFlash(c, "Created "+a.Name+".", 0)
	return goTo(c, "/admin/accounts/"+a.Slug)
}

// accountFields reads the fields of the form; with a prefix, those it carried from when it was opened.
func accountFields(c echo.Context, prefix string) views.AccountFields {
	return views.AccountFields{
		Name:         c.FormValue(prefix + "name"),
		Slug:         c.FormValue(prefix + "slug"),
		ExternalID:   c.FormValue(prefix + "external_id"),
		ContactEmail: c.FormValue(prefix + "contact_email"),
		PostalCode:   c.FormValue(prefix + "postal_code"),
		Tier:         c.FormValue(prefix + "tier"),
	}
}

// storedFields is what the form shows of an account.
func (s *Surface) storedFields(a *features.Account) views.AccountFields {
	tier, _ := s.Live.Catalogue().Tier(a.TierID)
	return views.AccountFields{
		Name: a.Name, Slug: a.Slug, ExternalID: a.ExternalID, ContactEmail: a.ContactEmail, PostalCode: a.PostalCode, Tier: tier.Key,
	}
}

// EditAccount is the form with what can be written of an account. Viewers may read it.
func (s *Surface) EditAccount(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	version, err := s.DB.AccountVersion(c.Request().Context(), a.ID)
	if err != nil {
		return err
	}
	stored := s.storedFields(a)
	// As with a cell: the version must not be newer than the state that the form shows.
	version = min(version, a.Revision)
	return s.editAccountPage(c, http.StatusOK, a, views.AccountFormModel{
		Account: stored, Opened: stored, Version: strconv.FormatInt(version, 10),
	})
}

func (s *Surface) editAccountPage(c echo.Context, status int, a *features.Account, form views.AccountFormModel) error {
	frame, err := s.framed(c, a, "details")
	if err != nil {
		return err
	}
	form.CSRFToken, form.ID = s.CSRFToken(c), strconv.FormatInt(a.ID, 10)
	form.Tiers, form.ReadOnly = s.tierOptions(), !web.MayEdit(c)
	content := views.AccountEditPage(frame, form)
	return s.pageWith(c, status, s.shell(c, "Edit "+a.Name, "accounts"), content, content)
}

// UpdateAccount saves what was typed, unless someone else has saved since: then the form comes back with both versions.
func (s *Surface) UpdateAccount(c echo.Context) error {
	a, err := s.editedAccount(c)
	if err != nil {
		return err
	}
	form := views.AccountFormModel{Account: accountFields(c, ""), Opened: accountFields(c, "opened_"), Version: c.FormValue("version")}
	version, err := strconv.ParseInt(form.Version, 10, 64)
	if err != nil {
		return web.Refusal("version", "The version is missing. Reload the page and try again.")
	}
	revision, err := s.DB.UpdateAccount(c.Request().Context(), web.Actor(c), a.ID, features.AccountDraft(form.Account), version)
	if features.KindOf(err) == features.Conflict {
		return s.accountConflict(c, a, form)
	}
	if form.Errors = web.FieldErrors(err); form.Errors != nil {
		return s.editAccountPage(c, http.StatusUnprocessableEntity, a, form)
	}
	if err != nil {
		return err
	}
	slug := a.Slug
	a = s.Live.Accounts().ByID(a.ID)
	switch {
	case a.Slug != slug:
		s.setFlash(c, "Saved "+a.Name+". Its page has a new address.", 0) // undone from here, the address would be gone
	case revision != 0:
		s.setFlash(c, "Saved "+a.Name+".", revision)
	}
	return goTo(c, "/admin/accounts/"+a.Slug)
}

// editedAccount finds the account that a form is about, also when someone else has given it another slug meanwhile.
func (s *Surface) editedAccount(c echo.Context) (*features.Account, error) {
	id, err := strconv.ParseInt(c.FormValue("id"), 10, 64)
	if a := s.Live.Accounts().ByID(id); err == nil && a != nil {
		return a, nil
	}
	return s.AccountOf(c)
}

// accountConflict shows the form again over what someone else saved: fields that were not touched take theirs, the
// others keep what was typed, and both versions of those stand side by side.
func (s *Surface) accountConflict(c echo.Context, a *features.Account, form views.AccountFormModel) error {
	version, err := s.DB.AccountVersion(c.Request().Context(), a.ID)
	if err != nil {
		return err
	}
	changes, err := s.DB.LastChanges(c.Request().Context(), []int64{version})
	if err != nil {
		return err
	}
	a = s.Live.Accounts().ByID(a.ID)
	theirs := s.storedFields(a)
	form.Account = keepTouched(form.Account, form.Opened, theirs)
	form.Conflict = conflictOf(changes[version], form.Account, theirs)
	form.Opened, form.Version = theirs, strconv.FormatInt(version, 10)
	return s.editAccountPage(c, http.StatusConflict, a, form)
}

// keepTouched gives the fields as typed where they were touched, else as someone else saved them.
func keepTouched(typed, opened, theirs views.AccountFields) views.AccountFields {
	for _, f := range []struct{ typed, opened, theirs *string }{
		{&typed.Name, &opened.Name, &theirs.Name},
		{&typed.Slug, &opened.Slug, &theirs.Slug},
		{&typed.ExternalID, &opened.ExternalID, &theirs.ExternalID},
		{&typed.ContactEmail, &opened.ContactEmail, &theirs.ContactEmail},
		{&typed.PostalCode, &opened.PostalCode, &theirs.PostalCode},
		{&typed.Tier, &opened.Tier, &theirs.Tier},
	} {
		if *f.typed == *f.opened {
			*f.typed = *f.theirs
		}
	}
	return typed
}

func conflictOf(change db.LastChange, mine, theirs views.AccountFields) *views.AccountConflictModel {
	conflict := &views.AccountConflictModel{By: change.ActorName, When: views.When(change.At, time.Now())}
	for _, row := range []views.DiffRow{
		{Field: "Name", Before: theirs.Name, After: mine.Name},
		{Field: "Slug", Before: theirs.Slug, After: mine.Slug},
		{Field: "External ID", Before: theirs.ExternalID, After: mine.ExternalID},
		{Field: "Contact e-mail", Before: theirs.ContactEmail, After: mine.ContactEmail},
		{Field: "Postal code", Before: theirs.PostalCode, After: mine.PostalCode},
		{Field: "Tier", Before: theirs.Tier, After: mine.Tier},
	} {
		if row.Before != row.After {
			conflict.Rows = append(conflict.Rows, row)
		}
	}
	return conflict
}
