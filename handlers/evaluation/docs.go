package evaluation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
	"flagstone/static"
	"flagstone/views"
)

// OpenAPI answers with the document itself.
func (s *Surface) OpenAPI(c echo.Context) error {
	static.Serve(c.Response(), c.Request(), "openapi.yaml")
	return nil
}

// Docs answers with the document as a page to read.
func (s *Surface) Docs(c echo.Context) error {
	model, err := s.docs()
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, views.APIDocsPage(model))
}

// apiDocument is the part of the OpenAPI document that its page shows.
type apiDocument struct {
	Info struct {
		Title       string `yaml:"title"`
		Description string `yaml:"description"`
	} `yaml:"info"`
	Tags []struct {
		Name        string `yaml:"name"`
		Description string `yaml:"description"`
	} `yaml:"tags"`
	Paths      yaml.MapSlice `yaml:"paths"` // in the order of the file
	Components struct {
		Parameters map[string]apiParameter `yaml:"parameters"`
		Responses  map[string]apiResponse  `yaml:"responses"`
	} `yaml:"components"`
}

type apiOperation struct {
	OperationID string                 `yaml:"operationId"`
	Tags        []string               `yaml:"tags"`
	Summary     string                 `yaml:"summary"`
	Description string                 `yaml:"description"`
	Parameters  []apiParameter         `yaml:"parameters"`
	RequestBody apiBody                `yaml:"requestBody"`
	Responses   map[string]apiResponse `yaml:"responses"`
	Security    *[]map[string][]string `yaml:"security"` // the staff role or scope that is needed, where one is
}

// needs says what a call needs, where that is not a session alone.
func (o apiOperation) needs() string {
	if o.Security == nil {
		return ""
	}
	session, key := false, false
	var role, scope string
	for _, way := range *o.Security {
		for name, rights := range way {
			if name == "session" {
				session, role = true, strings.Join(rights, "")
			} else {
				key, scope = true, strings.Join(rights, "")
			}
		}
	}
	switch {
	case role != "":
		return "Needs a session with the staff role " + role + ", or an API key with the scope " + scope + "."
	case session && key:
		return "Needs a session or an API key."
	case key:
		return "Needs an API key, as Authorization: Bearer or X-API-Key."
	}
	return "Needs no session."
}

type apiParameter struct {
	Ref         string `yaml:"$ref"`
	Name        string `yaml:"name"`
	In          string `yaml:"in"`
	Description string `yaml:"description"`
	Example     string `yaml:"example"`
}

type apiResponse struct {
	Ref         string     `yaml:"$ref"`
	Description string     `yaml:"description"`
	Content     apiContent `yaml:"content"`
}

type apiBody struct {
	Content apiContent `yaml:"content"`
}

type apiContent map[string]struct {
	Example any `yaml:"example"`
}

// readAPI turns the document into what its page shows.
func readAPI(text []byte) (views.APIDocsModel, error) {
	var d apiDocument
	if err := yaml.Unmarshal(text, &d); err != nil {
		return views.APIDocsModel{}, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	model := views.APIDocsModel{Title: d.Info.Title, Description: d.Info.Description}
	groups := make(map[string]*views.APIGroup)
	for _, tag := range d.Tags {
		groups[tag.Name] = &views.APIGroup{Name: tag.Name, Description: tag.Description}
	}
	for _, path := range d.Paths {
		calls, err := d.calls(path)
		if err != nil {
			return model, err
		}
		for tag, call := range calls {
			groups[tag].Calls = append(groups[tag].Calls, call...)
		}
	}
	for _, tag := range d.Tags {
		model.Groups = append(model.Groups, *groups[tag.Name])
	}
	return model, nil
}

// calls gives the operations of one path by their tag.
func (d *apiDocument) calls(path yaml.MapItem) (map[string][]views.APICall, error) {
	text, err := yaml.Marshal(path.Value)
	if err != nil {
		return nil, err
	}
	var operations map[string]apiOperation
	if err := yaml.Unmarshal(text, &operations); err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %v: %w", path.Key, err)
	}
	calls := make(map[string][]views.APICall)
	for _, method := range []string{"get", "post", "put", "patch", "delete"} {
		if o, ok := operations[method]; ok {
			calls[o.Tags[0]] = append(calls[o.Tags[0]], d.call(method, fmt.Sprint(path.Key), o))
		}
	}
	return calls, nil
}

func (d *apiDocument) call(method, path string, o apiOperation) views.APICall {
	call := views.APICall{
		ID: o.OperationID, Method: strings.ToUpper(method), Path: path, Summary: o.Summary, Description: o.Description,
		Needs: o.needs(), Request: o.RequestBody.Content.example(),
	}
	for _, p := range o.Parameters {
		if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
			p = d.Components.Parameters[name]
		}
		call.Parameters = append(call.Parameters, views.APIParameter{Name: p.Name, In: p.In, Description: p.Description, Example: p.Example})
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		r := o.Responses[status]
		if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
			call.Problems = append(call.Problems, problemTitle(status, d.Components.Responses[name].Description))
			continue
		}
		call.Responses = append(call.Responses, views.APIResponse{Status: status, Description: r.Description, Example: r.Content.example()})
	}
	return call
}

// problemTitle says what a problem is in a word; the schema of problems need not stand at every call.
func problemTitle(status, description string) string {
	if code, err := strconv.Atoi(status); err == nil {
		return status + " " + http.StatusText(code)
	}
	return description
}

// example gives the example of a body: text as it is, everything else as indented JSON.
func (c apiContent) example() string {
	for _, content := range c {
		switch example := content.Example.(type) {
		case nil:
		case string:
			return example
		default:
			return indentedJSON(example)
		}
	}
	return ""
}

func indentedJSON(v any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return ""
	}
	return text.String()
}
