package evaluation

import (
	"encoding/json"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
)

// tenantContext is whom a call of the tenant API is about: the caller in one of its accounts, or whom a program with a
// key names. Where no account has that name, it is evaluated like an unknown targeting key over OFREP.
func (s *Surface) tenantContext(c echo.Context) (*features.Context, error) {
	caller, name := web.CallerOf(c), c.QueryParam("account")
	if caller.Key == nil {
		chosen, err := s.Choose(caller.User, name)
		if err != nil {
			return nil, err
		}
		return web.ContextOf(caller.User, chosen), nil
	}
	if name == "" {
		return nil, web.Refusal("account", "Name the account: ?account= with its slug, external ID or targeting key.")
	}
	return &features.Context{
		Account: s.Live.Accounts().Find(name), TargetingKey: name,
		User: c.QueryParam("user"), Role: c.QueryParam("role"), PostalCode: c.QueryParam("postal_code"),
	}, nil
}

// answerTenant answers with a JSON object about a context, and its ETag. It says so where a program named an account that
// is not known.
func answerTenant(c echo.Context, who *features.Context, body []byte) error {
	if web.CallerOf(c).Key != nil && who.Account == nil {
		body = append(body[:len(body)-1], `,"metadata":{"known":false}}`...)
	}
	return web.AnswerTagged(c, body)
}

// TenantFeatures gives every active feature as a context has it.
func (s *Surface) TenantFeatures(c echo.Context) error {
	who, err := s.tenantContext(c)
	if err != nil {
		return err
	}
	names := s.names()
	s.Metrics.Evaluations.Tenant.Add(float64(len(names.active)))
	return answerTenant(c, who, names.body(who, time.Now()))
}

type checkView struct {
	Key     string        `json:"key"`
	Enabled bool          `json:"enabled"`
	Value   features.JSON `json:"value,omitempty"`
	Variant string        `json:"variant,omitempty"`
}

// CheckFeature gives one feature as a context has it.
func (s *Surface) CheckFeature(c echo.Context) error {
	who, err := s.tenantContext(c)
	if err != nil {
		return err
	}
	key := c.Param("key")
	names, now := s.names(), time.Now()
	feature, err := names.catalogue.Feature(key)
	if err != nil {
		return err
	}
	s.NoteAsked(feature.ID, now)
	s.Metrics.Evaluations.Tenant.Inc()
	e := names.catalogue.Evaluate(feature, who, now)
	return answerView(c, who, checkView{Key: key, Enabled: e.Value.Enabled, Value: e.Value.Data, Variant: e.Variant})
}

// answerView answers with a view of what a context has.
func answerView(c echo.Context, who *features.Context, view any) error {
	body, err := json.Marshal(view)
	if err != nil {
		return err
	}
	return answerTenant(c, who, body)
}

type modelView struct {
	Provider      string       `json:"provider"`
	ModelID       string       `json:"model_id"`
	Name          string       `json:"name"`
	Type          string       `json:"type"`
	Family        *string      `json:"family"`
	Tools         bool         `json:"tools"`
	Vision        bool         `json:"vision"`
	Streaming     bool         `json:"streaming"`
	MaxTokens     *int         `json:"max_tokens"`
	ContextWindow *int         `json:"context_window"`
	InputPrice    *json.Number `json:"input_price"`
	OutputPrice   *json.Number `json:"output_price"`
	Feature       *string      `json:"feature"`
	Deprecated    bool         `json:"deprecated"`
}

func viewOfModel(m *features.Model) modelView {
	return modelView{
		Provider: m.Provider, ModelID: m.ModelID, Name: m.Name, Type: string(m.Type), Family: web.Optional(m.Family), Tools: m.Tools,
		Vision: m.Vision, Streaming: m.Streaming, MaxTokens: optionalCount(m.MaxTokens), ContextWindow: optionalCount(m.ContextWindow),
		InputPrice: optionalPrice(m.InputPrice), OutputPrice: optionalPrice(m.OutputPrice), Feature: web.Optional(m.Feature),
		Deprecated: m.Deprecated,
	}
}

func optionalCount(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// optionalPrice is a price as it was written, as a number of JSON.
func optionalPrice(text string) *json.Number {
	if text == "" {
		return nil
	}
	price := json.Number(text)
	return &price
}

type modelsView struct {
	Account  *accountView `json:"account"`
	Revision int64        `json:"revision"`
	Models   []modelView  `json:"models"`
}

// TenantModels gives the models that a context may use.
func (s *Surface) TenantModels(c echo.Context) error {
	who, err := s.tenantContext(c)
	if err != nil {
		return err
	}
	catalogue := s.Live.Catalogue()
	view := modelsView{viewOf(catalogue, who.Account), catalogue.AccountRevision(who.Account), []modelView{}}
	for _, m := range catalogue.ModelsFor(who, time.Now()) {
		view.Models = append(view.Models, viewOfModel(m))
	}
	return answerView(c, who, view)
}

type componentView struct {
	Key         string   `json:"key"`
	Name        string   `json:"name"`
	DisplayName string   `json:"display_name"`
	Description string   `json:"description"`
	Category    *string  `json:"category"`
	Subcategory *string  `json:"subcategory"`
	Feature     *string  `json:"feature"`
	Requires    []string `json:"required_features"`
	Icon        *string  `json:"icon"`
	DocsURL     *string  `json:"docs_url"`
	Beta        bool     `json:"beta"`
}

func viewOfComponent(one *features.Component) componentView {
	return componentView{
		Key: one.Key, Name: one.Name, DisplayName: one.Title(), Description: one.Description, Category: web.Optional(one.Category),
		Subcategory: web.Optional(one.Subcategory), Feature: web.Optional(one.Feature), Requires: append([]string{}, one.Requires...),
		Icon: web.Optional(one.Icon), DocsURL: web.Optional(one.DocsURL), Beta: one.Beta,
	}
}

type componentsView struct {
	Account    *accountView    `json:"account"`
	Revision   int64           `json:"revision"`
	Components []componentView `json:"components"`
}

// TenantComponents gives the components that a context may use.
func (s *Surface) TenantComponents(c echo.Context) error {
	who, err := s.tenantContext(c)
	if err != nil {
		return err
	}
	catalogue := s.Live.Catalogue()
	view := componentsView{viewOf(catalogue, who.Account), catalogue.AccountRevision(who.Account), []componentView{}}
	for _, one := range catalogue.ComponentsFor(who, time.Now()) {
		view.Components = append(view.Components, viewOfComponent(one))
	}
	return answerView(c, who, view)
}
