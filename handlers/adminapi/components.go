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

// componentBody is what may be written of a component.
type componentBody struct {
	Key              string   `json:"key"`
	Name             string   `json:"name"`
	DisplayName      string   `json:"display_name"`
	Description      string   `json:"description"`
	Category         string   `json:"category"`
	Subcategory      string   `json:"subcategory"`
	Feature          *string  `json:"feature"`
	RequiredFeatures []string `json:"required_features"`
	Icon             string   `json:"icon"`
	DocsURL          string   `json:"docs_url"`
	Beta             bool     `json:"beta"`
	Active           bool     `json:"active"`
}

// componentDetail is a component as the admin API shows it.
type componentDetail struct {
	componentBody
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	resource
}

var fixedOfComponent = []string{"key", "created_at", "updated_at", "revision", "change"}

func (d componentBody) draft() features.ComponentDraft {
	return features.ComponentDraft{
		Key: d.Key, Name: d.Name, DisplayName: d.DisplayName, Description: d.Description, Category: d.Category, Subcategory: d.Subcategory,
		Feature: web.Deref(d.Feature), Requires: d.RequiredFeatures, Icon: d.Icon, DocsURL: d.DocsURL, Beta: d.Beta, Active: d.Active,
	}
}

func componentDetailOf(m *features.Component) *componentDetail {
	return &componentDetail{
		componentBody: componentBody{
			Key: m.Key, Name: m.Name, DisplayName: m.DisplayName, Description: m.Description, Category: m.Category, Subcategory: m.Subcategory,
			Feature: web.Optional(m.Feature), RequiredFeatures: orEmpty(m.Requires), Icon: m.Icon, DocsURL: m.DocsURL, Beta: m.Beta, Active: m.Active,
		},
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, resource: resource{Revision: m.Revision},
	}
}

func seenComponent(m *features.Component) db.IfMatch {
	return db.IfMatch{Entity: "component", ID: m.ID}
}

// ListComponents lists components by category and key.
func (s *Surface) ListComponents(c echo.Context) error {
	q, err := readList(c, "q", "category", "feature")
	if err != nil {
		return err
	}
	if err := s.checkGate(c); err != nil {
		return err
	}
	return answerResources(s, c, func() (l listPart[*features.Component], err error) {
		var matching []*features.Component
		for _, m := range s.Live.Catalogue().Components() {
			requires := leaves(c, "feature", m.Feature) || slices.Contains(m.Requires, c.QueryParam("feature"))
			if requires && web.MatchesWords(c.QueryParam("q"), m.Key, m.Name, m.DisplayName, m.Description) && leaves(c, "category", m.Category) {
				matching = append(matching, m)
			}
		}
		l.found, l.next = pageOf(q, matching, func(m *features.Component) cursor { return cursor{Text: m.Category + "\x00" + m.Key} })
		l.total = len(matching)
		return l, nil
	}, seenComponent, func(m *features.Component) versioned { return componentDetailOf(m) })
}

// ShowComponent answers with the component that the path names.
func (s *Surface) ShowComponent(c echo.Context) error {
	return s.answerComponent(c, http.StatusOK, c.Param("key"))(0)
}

// answerComponent answers with a component as it is by then.
func (s *Surface) answerComponent(c echo.Context, status int, key string) func(revision int64) error {
	return func(revision int64) error {
		if status == http.StatusCreated {
			c.Response().Header().Set("Location", web.AdminPath+"/components/"+key)
		}
		return s.answerResource(c, status, revision, func() (view versioned, of db.IfMatch, err error) {
			m, err := s.Live.Catalogue().Component(key)
			if err != nil {
				return nil, of, err
			}
			return componentDetailOf(m), seenComponent(m), nil
		})
	}
}

// CreateComponent adds a component to the registry.
func (s *Surface) CreateComponent(c echo.Context) error {
	form := componentBody{Active: true}
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	draft := form.draft().Normalize()
	return s.change(c, adminWrite{
		change: &db.CreateComponent{Draft: draft},
		answer: s.answerComponent(c, http.StatusCreated, draft.Key),
	})
}

// writeComponent changes the component of a call; write is given it as it is now, whoever changed it.
func (s *Surface) writeComponent(c echo.Context, write func(m *features.Component, seen *db.IfMatch) error) error {
	var m *features.Component
	return s.edit(c, func() (of db.IfMatch, there bool, err error) {
		if m, err = s.Live.Catalogue().Component(c.Param("key")); err != nil {
			return of, false, err
		}
		return seenComponent(m), true, nil
	}, func(seen *db.IfMatch) error { return write(m, seen) })
}

// PatchComponent changes the fields of a component that the body names.
func (s *Surface) PatchComponent(c echo.Context) error {
	p := web.Patch[componentDetail]{Body: c}
	return s.writeComponent(c, func(m *features.Component, seen *db.IfMatch) error {
		now := componentDetailOf(m)
		now.of(seen.Version)
		form, err := p.On(*now, componentDetail{componentBody: componentBody{Active: true}}, fixedOfComponent...)
		if err != nil {
			return err
		}
		change := db.ComponentChange{ID: m.ID, Draft: form.draft(), Version: seen.Version}
		return s.change(c, adminWrite{
			seen:   seen,
			change: &change,
			answer: s.answerComponent(c, http.StatusOK, m.Key),
		})
	})
}

// DeleteComponent removes a component from the registry.
func (s *Surface) DeleteComponent(c echo.Context) error {
	return s.writeComponent(c, func(m *features.Component, seen *db.IfMatch) error {
		return s.change(c, adminWrite{
			seen:   seen,
			change: &db.DeleteComponent{ID: m.ID},
			answer: noContent(c),
		})
	})
}
