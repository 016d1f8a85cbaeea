package adminapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// accountBody is what may be written of an account.
type accountBody struct {
	Slug         string          `json:"slug"`
	Name         string          `json:"name"`
	ExternalID   *string         `json:"external_id"`
	Tier         *string         `json:"tier"`
	Status       features.Status `json:"status"`
	ContactEmail string          `json:"contact_email"`
	PostalCode   string          `json:"postal_code"`
}

// accountDetail is an account as the admin API shows it.
type accountDetail struct {
	accountBody
	TargetingKey string    `json:"targeting_key"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	resource
}

var fixedOfAccount = []string{"targeting_key", "created_at", "updated_at", "revision", "change"}

func (d accountBody) draft() features.AccountDraft {
	return features.AccountDraft{
		Slug: d.Slug, Name: d.Name, ExternalID: web.Deref(d.ExternalID), Tier: web.Deref(d.Tier), ContactEmail: d.ContactEmail, PostalCode: d.PostalCode,
	}
}

func (s *Surface) accountDetail(a *features.Account) *accountDetail {
	tier, _ := s.Live.Catalogue().Tier(a.TierID)
	return &accountDetail{
		accountBody: accountBody{
			Slug: a.Slug, Name: a.Name, ExternalID: web.Optional(a.ExternalID), Tier: web.Optional(tier.Key), Status: a.Status,
			ContactEmail: a.ContactEmail, PostalCode: a.PostalCode,
		},
		TargetingKey: a.TargetingKey, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
}

func seenAccount(a *features.Account) db.IfMatch { return db.IfMatch{Entity: "account", ID: a.ID} }

// ListAccounts lists accounts by name.
func (s *Surface) ListAccounts(c echo.Context) error {
	q, err := readList(c, "q", "tier", "status", "feature", "state")
	if err != nil {
		return err
	}
	filter := web.ParseAccountFilter(c.QueryParams())
	if feature := c.QueryParam("feature"); feature != "" {
		state := features.FeatureState(c.QueryParam("state"))
		if err := checkState("state", state); err != nil {
			return err
		}
		filter.Features = []features.FeatureFilter{{Key: feature, State: state}}
	} else if c.QueryParam("state") != "" {
		return web.Refusal("feature", "Name the feature that the state refers to.")
	}
	return answerResources(s, c, func() (l listPart[*features.Account], err error) {
		found, matching, err := s.Live.ListAfter(filter, features.Spot{Name: q.after.Text, ID: q.after.ID}, q.limit+1, time.Now())
		if err != nil {
			return l, err
		}
		l.total = matching
		l.found, l.next = limited(q, found, func(a *features.Account) cursor {
			at := a.Spot()
			return cursor{Text: at.Name, ID: at.ID}
		})
		return l, nil
	}, seenAccount, func(a *features.Account) versioned { return s.accountDetail(a) })
}

// checkState refuses, at the member or parameter that names it, a state that no account can be filtered by.
func checkState(field string, state features.FeatureState) error {
	if slices.Contains(features.FeatureStates(), state) {
		return nil
	}
	return web.Refusal(field, "Choose on, off, some, overridden or inherited.")
}

// ShowAccount answers with the account that the path names.
func (s *Surface) ShowAccount(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	return s.answerAccount(c, http.StatusOK, a.ID)(0)
}

// answerAccount answers with an account as it is by then.
func (s *Surface) answerAccount(c echo.Context, status int, id int64) func(revision int64) error {
	return func(revision int64) error {
		return s.answerResource(c, status, revision, func() (view versioned, of db.IfMatch, err error) {
			a := s.Live.Accounts().ByID(id)
			if a == nil {
				return nil, of, &features.Error{Kind: features.NotFound, Message: "This account no longer exists."}
			}
			if status == http.StatusCreated {
				c.Response().Header().Set("Location", web.AdminPath+"/accounts/"+a.Slug)
			}
			return s.accountDetail(a), seenAccount(a), nil
		})
	}
}

// CreateAccount adds an account. A new one is active.
func (s *Surface) CreateAccount(c echo.Context) error {
	form := accountBody{Status: features.Active}
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	if form.Status != features.Active {
		return web.Refusal("status", "A new account is always active. Suspend it after you have created it.")
	}
	return s.changeWith(c, adminWrite{change: &db.CreateAccount{Draft: form.draft()}}, func(r db.Result, previewed bool) error {
		if previewed {
			return s.answerPreview(c, r.Preview)
		}
		return s.answerAccount(c, http.StatusCreated, r.ID)(r.Revision)
	})
}

// writeAccount changes the account of a call; write is given it as it is now, whoever changed it.
func (s *Surface) writeAccount(c echo.Context, write func(a *features.Account, seen *db.IfMatch) error) error {
	var a *features.Account
	return s.edit(c, func() (of db.IfMatch, there bool, err error) {
		if a, err = s.AccountOf(c); err != nil {
			return of, false, err
		}
		return seenAccount(a), true, nil
	}, func(seen *db.IfMatch) error { return write(a, seen) })
}

// PatchAccount changes the fields of an account that the body names.
func (s *Surface) PatchAccount(c echo.Context) error {
	p := web.Patch[accountDetail]{Body: c}
	return s.writeAccount(c, func(a *features.Account, seen *db.IfMatch) error {
		now := s.accountDetail(a)
		now.of(seen.Version)
		form, err := p.On(*now, accountDetail{accountBody: accountBody{Status: features.Active}}, fixedOfAccount...)
		if err != nil {
			return err
		}
		change := db.AccountChange{ID: a.ID, Draft: form.draft(), Status: form.Status, Version: seen.Version}
		return s.change(c, adminWrite{
			seen:   seen,
			change: &change,
			answer: s.answerAccount(c, http.StatusOK, a.ID),
		})
	})
}

// DeleteAccount deletes an account with all that is of it.
func (s *Surface) DeleteAccount(c echo.Context) error {
	return s.writeAccount(c, func(a *features.Account, seen *db.IfMatch) error {
		return s.change(c, adminWrite{
			seen:   seen,
			change: &db.DeleteAccount{ID: a.ID},
			answer: noContent(c),
		})
	})
}
