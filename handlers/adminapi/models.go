package adminapi

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// modelBody is what may be written of a model.
type modelBody struct {
	Provider      string             `json:"provider"`
	ModelID       string             `json:"model_id"`
	Name          string             `json:"name"`
	Type          features.ModelType `json:"type"`
	Family        string             `json:"family"`
	Tools         bool               `json:"tools"`
	Vision        bool               `json:"vision"`
	Streaming     bool               `json:"streaming"`
	MaxTokens     int                `json:"max_tokens"`
	ContextWindow int                `json:"context_window"`
	InputPrice    string             `json:"input_price"`
	OutputPrice   string             `json:"output_price"`
	Feature       *string            `json:"feature"`
	Active        bool               `json:"active"`
	Deprecated    bool               `json:"deprecated"`
}

// modelDetail is a model as the admin API shows it.
type modelDetail struct {
	ID int64 `json:"id"`
	modelBody
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	resource
}

var fixedOfModel = []string{"id", "provider", "model_id", "created_at", "updated_at", "revision", "change"}

func (d modelBody) draft() features.ModelDraft {
	return features.ModelDraft{
		Provider: d.Provider, ModelID: d.ModelID, Name: d.Name, Type: d.Type, Family: d.Family,
		ModelAbilities: features.ModelAbilities{Tools: d.Tools, Vision: d.Vision, Streaming: d.Streaming},
		MaxTokens:      d.MaxTokens, ContextWindow: d.ContextWindow, InputPrice: d.InputPrice, OutputPrice: d.OutputPrice,
		Feature: web.Deref(d.Feature), Active: d.Active, Deprecated: d.Deprecated,
	}
}

func modelDetailOf(m *features.Model) *modelDetail {
	return &modelDetail{
		ID: m.ID,
		modelBody: modelBody{
			Provider: m.Provider, ModelID: m.ModelID, Name: m.Name, Type: m.Type, Family: m.Family, Tools: m.Tools, Vision: m.Vision,
			Streaming: m.Streaming, MaxTokens: m.MaxTokens, ContextWindow: m.ContextWindow, InputPrice: m.InputPrice,
			OutputPrice: m.OutputPrice, Feature: web.Optional(m.Feature), Active: m.Active, Deprecated: m.Deprecated,
		},
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, resource: resource{Revision: m.Revision},
	}
}

func seenModel(m *features.Model) db.IfMatch { return db.IfMatch{Entity: "model", ID: m.ID} }

// ListModels lists models by provider and ID.
func (s *Surface) ListModels(c echo.Context) error {
	q, err := readList(c, "q", "provider", "type", "feature")
	if err != nil {
		return err
	}
	if kind := features.ModelType(c.QueryParam("type")); kind != "" && !slices.Contains(features.ModelTypes(), kind) {
		return web.Refusal("type", "Choose chat, completion, embedding, image or audio.")
	}
	if err := s.checkGate(c); err != nil {
		return err
	}
	return answerResources(s, c, func() (l listPart[*features.Model], err error) {
		var matching []*features.Model
		for _, m := range s.Live.Catalogue().Models() {
			if web.MatchesWords(c.QueryParam("q"), m.Key(), m.Name, m.Family) && leaves(c, "provider", m.Provider) && leaves(c, "type", string(m.Type)) &&
				leaves(c, "feature", m.Feature) {
				matching = append(matching, m)
			}
		}
		l.found, l.next = pageOf(q, matching, func(m *features.Model) cursor { return cursor{Text: m.Provider + "\x00" + m.ModelID} })
		l.total = len(matching)
		return l, nil
	}, seenModel, func(m *features.Model) versioned { return modelDetailOf(m) })
}

// checkGate refuses a filter by a feature that there is not.
func (s *Surface) checkGate(c echo.Context) error {
	key := c.QueryParam("feature")
	if key == "" {
		return nil
	}
	_, err := s.Live.Catalogue().Feature(key)
	return err
}

// leaves tells whether a filter of the address leaves a value.
func leaves(c echo.Context, name, value string) bool {
	wanted := c.QueryParam(name)
	return wanted == "" || wanted == value
}

// apiModelOf finds the model of a call.
func (s *Surface) apiModelOf(c echo.Context) (*features.Model, error) {
	return s.Live.Catalogue().ModelByID(web.PathNumber(c, "id"))
}

// ShowModel answers with the model that the path names.
func (s *Surface) ShowModel(c echo.Context) error {
	return s.answerModel(c, http.StatusOK, s.apiModelOf)(0)
}

// answerModel answers with a model as it is by then.
func (s *Surface) answerModel(c echo.Context, status int, find func(echo.Context) (*features.Model, error)) func(revision int64) error {
	return func(revision int64) error {
		return s.answerResource(c, status, revision, func() (view versioned, of db.IfMatch, err error) {
			m, err := find(c)
			if err != nil {
				return nil, of, err
			}
			if status == http.StatusCreated {
				c.Response().Header().Set("Location", web.AdminPath+"/models/"+strconv.FormatInt(m.ID, 10))
			}
			return modelDetailOf(m), seenModel(m), nil
		})
	}
}

// CreateModel adds a model to the registry.
func (s *Surface) CreateModel(c echo.Context) error {
	form := modelBody{Active: true}
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	draft := form.draft().Normalize()
	return s.change(c, adminWrite{
		change: &db.CreateModel{Draft: draft},
		answer: s.answerModel(c, http.StatusCreated, func(echo.Context) (*features.Model, error) {
			return s.Live.Catalogue().Model(draft.Key())
		}),
	})
}

// writeModel changes the model of a call; write is given it as it is now, whoever changed it.
func (s *Surface) writeModel(c echo.Context, write func(m *features.Model, seen *db.IfMatch) error) error {
	var m *features.Model
	return s.edit(c, func() (of db.IfMatch, there bool, err error) {
		if m, err = s.apiModelOf(c); err != nil {
			return of, false, err
		}
		return seenModel(m), true, nil
	}, func(seen *db.IfMatch) error { return write(m, seen) })
}

// PatchModel changes the fields of a model that the body names.
func (s *Surface) PatchModel(c echo.Context) error {
	p := web.Patch[modelDetail]{Body: c}
	return s.writeModel(c, func(m *features.Model, seen *db.IfMatch) error {
		now := modelDetailOf(m)
		now.of(seen.Version)
		form, err := p.On(*now, modelDetail{modelBody: modelBody{Active: true}}, fixedOfModel...)
		if err != nil {
			return err
		}
		change := db.ModelChange{ID: m.ID, Draft: form.draft(), Version: seen.Version}
		return s.change(c, adminWrite{
			seen:   seen,
			change: &change,
			answer: s.answerModel(c, http.StatusOK, s.apiModelOf),
		})
	})
}

// DeleteModel removes a model from the registry.
func (s *Surface) DeleteModel(c echo.Context) error {
	return s.writeModel(c, func(m *features.Model, seen *db.IfMatch) error {
		return s.change(c, adminWrite{
			seen:   seen,
			change: &db.DeleteModel{ID: m.ID},
			answer: noContent(c),
		})
	})
}
