package adminapi

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// overrideBody is what may be written of an override.
type overrideBody struct {
	Enabled          *bool         `json:"enabled"`
	Value            features.JSON `json:"value"`
	Variant          string        `json:"variant"`
	Reason           string        `json:"reason"`
	ExpiresAt        *time.Time    `json:"expires_at"`
	WithDependencies bool          `json:"needs,omitempty"` // switch on, too, what the feature depends on
}

// overrideView is an override as the admin API shows it, with what the account has of the feature.
type overrideView struct {
	Account   string         `json:"account"`
	Feature   string         `json:"feature"`
	Enabled   bool           `json:"enabled"`
	Value     features.JSON  `json:"value"`
	Variant   string         `json:"variant"`
	Reason    string         `json:"reason"`
	ExpiresAt *time.Time     `json:"expires_at"`
	SetBy     string         `json:"set_by"`
	SetAt     *time.Time     `json:"set_at"`
	Effective effectiveValue `json:"effective"`
	resource
}

// effectiveValue is what an account as a whole has of a feature, and which rule says so.
type effectiveValue struct {
	State   string          `json:"state"` // on, off, or some where it depends on the person
	Enabled bool            `json:"enabled"`
	Value   features.JSON   `json:"value"`
	Variant string          `json:"variant"`
	Source  features.Source `json:"source"`
}

func (s *Surface) effective(f *features.Feature, a *features.Account) effectiveValue {
	value := s.Live.Catalogue().AccountValue(f, a, time.Now())
	return effectiveValue{value.State.String(), value.Value.Enabled, value.Value.Data, value.Variant, value.Source}
}

func (s *Surface) overrideView(x web.AccountFeature, stored db.Cell) *overrideView {
	v := &overrideView{Account: x.Account.Slug, Feature: x.Feature.Key, Effective: s.effective(x.Feature, x.Account)}
	if o := stored.Override; o != nil {
		v.Enabled, v.Value, v.Variant, v.Reason = o.Value.Enabled, o.Value.Data, o.Variant, o.Reason
		v.ExpiresAt, v.SetBy, v.SetAt = web.Moment(o.ExpiresAt), o.SetBy, web.Moment(o.SetAt)
	}
	return v
}

func seenOverride(x web.AccountFeature) db.IfMatch {
	return db.IfMatch{Entity: "override", ID: x.Account.ID, Feature: x.Feature.ID}
}

// ListOverrides lists the overrides of an account in the order of its features.
func (s *Surface) ListOverrides(c echo.Context) error {
	q, err := readList(c)
	if err != nil {
		return err
	}
	var cells map[db.CellKey]db.Cell
	return answerResources(s, c, func() (l listPart[web.AccountFeature], err error) {
		a, err := s.AccountOf(c)
		if err != nil {
			return l, err
		}
		var overridden []web.AccountFeature
		for _, f := range s.Live.Catalogue().Features() {
			if _, live := a.Override(f.ID, time.Now().UnixMilli()); live {
				overridden = append(overridden, web.AccountFeature{Account: a, Feature: f})
			}
		}
		l.found, l.next = pageOf(q, overridden, func(x web.AccountFeature) cursor {
			return cursor{Number: int64(x.Feature.DisplayOrder), Text: x.Feature.Key}
		})
		l.total = len(overridden)
		ids := make([]int64, len(l.found))
		for i, x := range l.found {
			ids[i] = x.Feature.ID
		}
		cells, err = s.DB.Cells(c.Request().Context(), []int64{a.ID}, ids)
		return l, err
	}, seenOverride, func(x web.AccountFeature) versioned {
		return s.overrideView(x, cells[db.CellKey{Account: x.Account.ID, Feature: x.Feature.ID}])
	})
}

// apiCell finds the account and the feature of a call, and the override that is stored.
func (s *Surface) apiCell(c echo.Context) (x web.AccountFeature, stored db.Cell, err error) {
	if x, err = s.AccountFeatureOf(c); err != nil {
		return x, stored, err
	}
	stored, err = s.StoredCell(c, x)
	return x, stored, err
}

// ShowOverride answers with the override of a feature for an account; without one it is not found.
func (s *Surface) ShowOverride(c echo.Context) error { return s.answerOverride(c)(0) }

// answerOverride answers with an override as it is by then.
func (s *Surface) answerOverride(c echo.Context) func(revision int64) error {
	return func(revision int64) error {
		return s.answerResource(c, http.StatusOK, revision, func() (view versioned, of db.IfMatch, err error) {
			x, stored, err := s.apiCell(c)
			if err != nil {
				return nil, of, err
			}
			if stored.Override == nil && c.Request().Method == http.MethodGet {
				return nil, of, &features.Error{Kind: features.NotFound, Message: "There is no override of this feature for this account."}
			}
			return s.overrideView(x, stored), seenOverride(x), nil
		})
	}
}

// SetOverride sets the override of a feature for an account to the value of the body.
func (s *Surface) SetOverride(c echo.Context) error {
	var form overrideBody
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	value, err := wholeValue(form.Enabled, form.Value)
	if err != nil {
		return err
	}
	return s.writeCell(c, func(x web.AccountFeature, seen *db.IfMatch) error {
		change := db.OverrideChange{
			Account: x.Account.ID, Feature: x.Feature.Key, Value: value,
			Variant: form.Variant, WithDependencies: form.WithDependencies, ChangeOptions: db.ChangeOptions{Reason: form.Reason}, Version: seen.Version,
		}
		if form.ExpiresAt != nil {
			change.ExpiresAt = features.Moment(*form.ExpiresAt)
		}
		write := adminWrite{
			seen:   seen,
			change: &change,
			answer: s.answerOverride(c),
		}
		return s.changeWith(c, write, func(r db.Result, previewed bool) error {
			if !previewed {
				return write.answer(r.Revision)
			}
			plan, err := s.PlanOverride(x, change)
			if err != nil {
				return err
			}
			answer := s.previewAnswer(r.Preview)
			answer.Obstacle = s.PlanObstacle(plan)
			for _, f := range plan.MissingDependencies {
				answer.WithDependencies = append(answer.WithDependencies, f.Key)
			}
			return answerPrivate(c, http.StatusOK, answer)
		})
	})
}

// wholeValue is the value that a PUT gives. As that puts a whole in place of what is there, it has to say on or off: what
// is left out must not switch a feature off.
func wholeValue(enabled *bool, data features.JSON) (features.Value, error) {
	if enabled == nil {
		return features.Value{}, web.Refusal("enabled", "Use true or false.")
	}
	return features.Value{Enabled: *enabled, Data: data}, nil
}

// writeCell changes the override of a call; write is given the account and the feature.
func (s *Surface) writeCell(c echo.Context, write func(x web.AccountFeature, seen *db.IfMatch) error) error {
	var x web.AccountFeature
	return s.edit(c, func() (of db.IfMatch, there bool, err error) {
		var stored db.Cell
		if x, stored, err = s.apiCell(c); err != nil {
			return of, false, err
		}
		return seenOverride(x), stored.Override != nil, nil
	}, func(seen *db.IfMatch) error { return write(x, seen) })
}

// ClearOverride removes the override of a feature for an account.
func (s *Surface) ClearOverride(c echo.Context) error {
	return s.writeCell(c, func(x web.AccountFeature, seen *db.IfMatch) error {
		return s.change(c, adminWrite{
			seen:   seen,
			change: &db.ClearOverride{Account: x.Account.ID, Feature: x.Feature.Key, Version: seen.Version},
			answer: noContent(c),
		})
	})
}
