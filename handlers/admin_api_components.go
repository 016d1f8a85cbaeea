package handlers

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
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
	thing
}

var fixedOfComponent = []string{"key", "created_at", "updated_at", "revision", "change"}

func (d componentBody) draft() features.ComponentDraft {
	return features.ComponentDraft{
		Key: d.Key, Name: d.Name, DisplayName: d.DisplayName, Description: d.Description, Category: d.Category, Subcategory: d.Subcategory,
		Feature: said(d.Feature), Requires: d.RequiredFeatures, Icon: d.Icon, DocsURL: d.DocsURL, Beta: d.Beta, Active: d.Active,
	}
}

func componentDetailOf(m *features.Component) componentDetail {
	return componentDetail{
		componentBody: componentBody{
			Key: m.Key, Name: m.Name, DisplayName: m.DisplayName, Description: m.Description, Category: m.Category, Subcategory: m.Subcategory,
			Feature: optional(m.Feature), RequiredFeatures: orEmpty(m.Requires), Icon: m.Icon, DocsURL: m.DocsURL, Beta: m.Beta, Active: m.Active,
		},
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, thing: thing{Revision: m.Revision},
	}
}

func seenComponent(m *features.Component) db.Seen { return db.Seen{Entity: "component", ID: m.ID} }

// apiComponents lists components by category and key.
func (s *Server) apiComponents(c echo.Context) error {
	q, err := readList(c, "q", "category", "feature")
	if err != nil {
		return err
	}
	if err := s.checkGate(c); err != nil {
		return err
	}
	var matching []*features.Component
	for _, m := range s.live.Catalogue().Components() {
		gated := leaves(c, "feature", m.Feature) || slices.Contains(m.Requires, c.QueryParam("feature"))
		if gated && within(c.QueryParam("q"), m.Key, m.Name, m.DisplayName, m.Description) && leaves(c, "category", m.Category) {
			matching = append(matching, m)
		}
	}
	found, next := part(q, matching, func(m *features.Component) spot { return spot{Text: m.Category + "\x00" + m.Key} })
	return answerList(c, found, next, len(matching), componentDetailOf)
}

func (s *Server) apiComponent(c echo.Context) error {
	return s.answerComponent(c, http.StatusOK, c.Param("key"))(0)
}

// answerComponent answers with a component as it is by then.
func (s *Server) answerComponent(c echo.Context, status int, key string) func(revision int64) error {
	return func(revision int64) error {
		m, err := s.live.Catalogue().Component(key)
		if err != nil {
			return err
		}
		if status == http.StatusCreated {
			c.Response().Header().Set("Location", adminPath+"/components/"+m.Key)
		}
		view := componentDetailOf(m)
		return s.answerThing(c, status, seenComponent(m), revision, &view)
	}
}

func (s *Server) apiCreateComponent(c echo.Context) error {
	form := componentBody{Active: true}
	if err := bindForm(c, &form); err != nil {
		return err
	}
	draft := form.draft().Normalize()
	return s.change(c, adminWrite{
		write: func(ctx context.Context, by features.Actor) (int64, error) {
			return s.db.CreateComponent(ctx, by, draft)
		},
		answer: s.answerComponent(c, http.StatusCreated, draft.Key),
	})
}

// currentComponent finds the component of a call as it is now, whoever changed it, and the version that the caller saw.
func (s *Server) currentComponent(c echo.Context) (m *features.Component, seen *db.Seen, err error) {
	if err = s.db.CatchUp(c.Request().Context()); err != nil {
		return nil, nil, err
	}
	if m, err = s.live.Catalogue().Component(c.Param("key")); err != nil {
		return nil, nil, err
	}
	seen, err = s.seen(c, seenComponent(m))
	return m, seen, err
}

func (s *Server) apiPatchComponent(c echo.Context) error {
	m, seen, err := s.currentComponent(c)
	if err != nil {
		return err
	}
	p, err := readPatch[componentDetail](c)
	if err != nil {
		return err
	}
	form, err := p.on(componentDetailOf(m), componentDetail{componentBody: componentBody{Active: true}}, fixedOfComponent...)
	if err != nil {
		return err
	}
	change := db.ComponentChange{ID: m.ID, Draft: form.draft(), Version: seen.Version}
	return s.change(c, adminWrite{
		seen: seen,
		write: func(ctx context.Context, by features.Actor) (int64, error) {
			return s.db.UpdateComponent(ctx, by, change)
		},
		answer: s.answerComponent(c, http.StatusOK, m.Key),
	})
}

func (s *Server) apiDeleteComponent(c echo.Context) error {
	m, seen, err := s.currentComponent(c)
	if err != nil {
		return err
	}
	return s.change(c, adminWrite{
		seen: seen,
		write: func(ctx context.Context, by features.Actor) (int64, error) {
			return s.db.DeleteComponent(ctx, by, m.ID, "")
		},
		answer: gone(c),
	})
}
