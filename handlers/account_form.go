package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// newAccount is the form for an account that is not there yet.
func (s *Server) newAccount(c echo.Context) error {
	return s.newAccountPage(c, http.StatusOK, views.AccountFormModel{})
}

func (s *Server) newAccountPage(c echo.Context, status int, form views.AccountFormModel) error {
	form.CSRFToken, form.Tiers = s.csrfToken(c), s.tierOptions()
	content := views.NewAccountPage(form)
	return s.pageWith(c, status, s.shell(c, "New account", "accounts"), content, content)
}

func (s *Server) tierOptions() (options []views.Option) {
	for _, tier := range s.live.Catalogue().Tiers() {
		options = append(options, views.Option{Value: tier.Key, Text: tier.Name})
	}
	return options
}

// createAccount adds an account, which inherits every feature, and leads to its page.
func (s *Server) createAccount(c echo.Context) error {
	typed := accountFields(c, "")
	id, err := s.db.CreateAccount(c.Request().Context(), actor(c), features.AccountDraft(typed))
	if fields := fieldErrors(err); fields != nil {
		return s.newAccountPage(c, http.StatusUnprocessableEntity, views.AccountFormModel{Account: typed, Errors: fields})
	}
	if err != nil {
		return err
	}
	a := s.live.Accounts().ByID(id)
	s.leave(c, "Created "+a.Name+".", 0)
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
func (s *Server) storedFields(a *features.Account) views.AccountFields {
	tier, _ := s.live.Catalogue().Tier(a.TierID)
	return views.AccountFields{
		Name: a.Name, Slug: a.Slug, ExternalID: a.ExternalID, ContactEmail: a.ContactEmail, PostalCode: a.PostalCode, Tier: tier.Key,
	}
}

// editAccount is the form with what can be written of an account. Viewers may read it.
func (s *Server) editAccount(c echo.Context) error {
	a, err := s.accountOf(c)
	if err != nil {
		return err
	}
	version, err := s.db.AccountVersion(c.Request().Context(), a.ID)
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

func (s *Server) editAccountPage(c echo.Context, status int, a *features.Account, form views.AccountFormModel) error {
	frame, err := s.framed(c, a, "details")
	if err != nil {
		return err
	}
	form.CSRFToken, form.ID = s.csrfToken(c), strconv.FormatInt(a.ID, 10)
	form.Tiers, form.ReadOnly = s.tierOptions(), !mayEdit(c)
	content := views.AccountEditPage(frame, form)
	return s.pageWith(c, status, s.shell(c, "Edit "+a.Name, "accounts"), content, content)
}

// updateAccount saves what was typed, unless someone else has saved since: then the form comes back with both versions.
func (s *Server) updateAccount(c echo.Context) error {
	a, err := s.editedAccount(c)
	if err != nil {
		return err
	}
	form := views.AccountFormModel{Account: accountFields(c, ""), Opened: accountFields(c, "opened_"), Version: c.FormValue("version")}
	version, err := strconv.ParseInt(form.Version, 10, 64)
	if err != nil {
		return refusal("version", "Reload the page: it did not say which version it shows.")
	}
	revision, err := s.db.UpdateAccount(c.Request().Context(), actor(c), a.ID, features.AccountDraft(form.Account), version)
	if features.KindOf(err) == features.Conflict {
		return s.accountConflict(c, a, form)
	}
	if form.Errors = fieldErrors(err); form.Errors != nil {
		return s.editAccountPage(c, http.StatusUnprocessableEntity, a, form)
	}
	if err != nil {
		return err
	}
	slug := a.Slug
	a = s.live.Accounts().ByID(a.ID)
	switch {
	case a.Slug != slug:
		s.leave(c, "Saved "+a.Name+". This is its address from now on.", 0) // undone from here, the address would be gone
	case revision != 0:
		s.leave(c, "Saved "+a.Name+".", revision)
	}
	return goTo(c, "/admin/accounts/"+a.Slug)
}

// editedAccount finds the account that a form is about, also when someone else has given it another slug meanwhile.
func (s *Server) editedAccount(c echo.Context) (*features.Account, error) {
	id, err := strconv.ParseInt(c.FormValue("id"), 10, 64)
	if a := s.live.Accounts().ByID(id); err == nil && a != nil {
		return a, nil
	}
	return s.accountOf(c)
}

// accountConflict shows the form again over what someone else saved: fields that were not touched take theirs, the
// others keep what was typed, and both versions of those stand side by side.
func (s *Server) accountConflict(c echo.Context, a *features.Account, form views.AccountFormModel) error {
	version, err := s.db.AccountVersion(c.Request().Context(), a.ID)
	if err != nil {
		return err
	}
	changes, err := s.db.LastChanges(c.Request().Context(), []int64{version})
	if err != nil {
		return err
	}
	a = s.live.Accounts().ByID(a.ID)
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
