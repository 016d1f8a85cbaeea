package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// entryForm is a form under way: what was typed, and what is wrong with it.
type entryForm struct {
	entry    *registryEntry // as it is stored; nil for a new one
	texts    map[string]string
	version  string
	problems map[string]string
	conflict *conflict
}

// NewEntry shows the empty form.
func (s *Surface) NewEntry(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		return s.showEntryForm(c, http.StatusOK, kind, entryForm{texts: kind.blank()})
	}
}

// CreateEntry adds an entry.
func (s *Surface) CreateEntry(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		form := readEntryForm(c, kind)
		e, err := kind.create(c.Request().Context(), web.Actor(c), form.texts)
		if err == nil {
			s.setFlash(c, e.title+" is created", e.revision)
			return goTo(c, e.url)
		}
		if form.problems = web.FieldErrors(err); form.problems == nil {
			return err
		}
		return s.showEntryForm(c, http.StatusUnprocessableEntity, kind, form)
	}
}

// EditEntry shows the form with what is stored.
func (s *Surface) EditEntry(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		e, err := kind.find(c)
		if err != nil {
			return err
		}
		version, err := s.DB.EntryVersion(c.Request().Context(), kind.entity(), e.id)
		if err != nil {
			return err
		}
		seen := strconv.FormatInt(min(version, e.revision), 10)
		return s.showEntryForm(c, http.StatusOK, kind, entryForm{entry: &e, texts: e.texts, version: seen})
	}
}

// UpdateEntry saves the form, unless someone else has saved the entry since it was opened.
func (s *Surface) UpdateEntry(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		e, err := kind.find(c)
		if err != nil {
			return err
		}
		form := readEntryForm(c, kind)
		form.entry = &e
		seen, _ := strconv.ParseInt(form.version, 10, 64) // what is no number is no version, and so a conflict
		revision, err := kind.update(c.Request().Context(), web.Actor(c), e, form.texts, seen)
		switch {
		case err == nil:
			s.setFlash(c, saved(e.title, revision), revision)
			return goTo(c, e.url)
		case features.KindOf(err) == features.Conflict:
			return s.entryConflict(c, kind, form)
		}
		if form.problems = web.FieldErrors(err); form.problems == nil {
			return err
		}
		return s.showEntryForm(c, http.StatusUnprocessableEntity, kind, form)
	}
}

// entryConflict shows what someone else saved beside what was to be saved; the form now stands over the stored version.
func (s *Surface) entryConflict(c echo.Context, kind EntryKind, form entryForm) error {
	version, err := s.DB.EntryVersion(c.Request().Context(), kind.entity(), form.entry.id)
	if err != nil {
		return err
	}
	changes, err := s.DB.LastChanges(c.Request().Context(), []int64{version})
	if err != nil {
		return err
	}
	form.version = strconv.FormatInt(version, 10)
	form.conflict = &conflict{version: form.version, by: changes[version].ActorName}
	for _, name := range kind.fields() {
		theirs, mine := form.entry.texts[name], form.texts[name]
		if theirs != mine && !slices.Contains(kind.fixed(), name) {
			form.conflict.rows = append(form.conflict.rows, views.DiffRow{Field: views.FieldWords(kind.entity(), name), Before: theirs, After: mine})
		}
	}
	return s.showEntryForm(c, http.StatusConflict, kind, form)
}

// readEntryForm reads what was typed. A box that is not ticked says false.
func readEntryForm(c echo.Context, kind EntryKind) entryForm {
	form := entryForm{texts: make(map[string]string), version: c.FormValue("version")}
	for _, name := range kind.fields() {
		form.texts[name] = strings.TrimSpace(c.FormValue(name))
		if entryFields[name].kind == views.EntryCheck && form.texts[name] == "" {
			form.texts[name] = "false"
		}
	}
	return form
}

func (s *Surface) showEntryForm(c echo.Context, status int, kind EntryKind, form entryForm) error {
	words := kind.words()
	m := views.EntryFormModel{
		Words: words, New: form.entry == nil, URL: words.Base, CSRFToken: s.CSRFToken(c), Version: form.version,
		Fields: form.fields(kind), Error: form.problems[""],
	}
	if e := form.entry; e != nil {
		m.Name, m.Key, m.URL = e.title, e.key, e.url
	}
	for _, f := range s.Live.Catalogue().Features() {
		m.Features = append(m.Features, f.Key)
	}
	if form.conflict != nil {
		m.Conflict, m.ConflictBy = form.conflict.diff(), form.conflict.by
	}
	page := views.EntryForm(m)
	return s.pageWith(c, status, s.shell(c, m.Title(), words.Many), page, page)
}

// entryField is what the form says of a field.
type entryField struct {
	hint       string
	kind       views.EntryFieldKind
	options    []string
	attributes templ.Attributes
}

// entryFields are the fields of models and components that are more than a line of text.
var entryFields = map[string]entryField{
	"provider":          {hint: "Such as openai. It cannot be changed later.", attributes: templ.Attributes{"required": true, "autocapitalize": "none", "spellcheck": "false"}},
	"model_id":          {hint: "As the provider writes it, such as gpt-4o. It cannot be changed later.", attributes: templ.Attributes{"required": true, "autocapitalize": "none", "spellcheck": "false"}},
	"key":               {hint: "The name that portals use, such as stores.chroma. It cannot be changed later.", attributes: templ.Attributes{"required": true, "autocapitalize": "none", "spellcheck": "false"}},
	"name":              {attributes: templ.Attributes{"required": true, "maxlength": "200"}},
	"display_name":      {hint: "The name shown to people, if different."},
	"type":              {kind: views.EntryChoice, options: modelTypes()},
	"max_tokens":        {hint: "Per response.", attributes: templ.Attributes{"inputmode": "numeric"}},
	"context_window":    {hint: "In tokens.", attributes: templ.Attributes{"inputmode": "numeric"}},
	"input_price":       {hint: "Per 1,000 tokens, such as 0.0025.", attributes: templ.Attributes{"inputmode": "decimal"}},
	"output_price":      {hint: "Per 1,000 tokens, such as 0.01.", attributes: templ.Attributes{"inputmode": "decimal"}},
	"feature":           {hint: "The key of the feature that must be on; empty for none.", attributes: templ.Attributes{"list": "feature-keys", "autocomplete": "off", "spellcheck": "false"}},
	"required_features": {hint: "Keys of other features that must be on, separated by commas.", attributes: templ.Attributes{"spellcheck": "false"}},
	"description":       {kind: views.EntryArea},
	"docs_url":          {hint: "A page that explains it.", attributes: templ.Attributes{"type": "url"}},
	"tools":             {kind: views.EntryCheck},
	"vision":            {kind: views.EntryCheck},
	"streaming":         {kind: views.EntryCheck},
	"beta":              {kind: views.EntryCheck, hint: "Portals can show it as unfinished."},
	"active":            {kind: views.EntryCheck, hint: "If off, no account may use it."},
	"deprecated":        {kind: views.EntryCheck, hint: "Accounts can still use it; portals can advise against it."},
}

func modelTypes() (types []string) {
	for _, t := range features.ModelTypes() {
		types = append(types, string(t))
	}
	return types
}

// fields are the fields of the form; those that an entry is known by only for a new one.
func (f entryForm) fields(kind EntryKind) (fields []views.EntryField) {
	for _, name := range kind.fields() {
		if f.entry != nil && slices.Contains(kind.fixed(), name) {
			continue
		}
		about := entryFields[name]
		field := views.EntryField{Kind: about.kind, InputModel: views.InputModel{
			ID: name, Name: name, Value: f.texts[name], Label: views.FieldWords(kind.entity(), name), Hint: about.hint, Error: f.problems[name],
			Attributes: about.attributes,
		}}
		for _, option := range about.options {
			field.Options = append(field.Options, views.Option{Value: option, Text: words.Capital(option)})
		}
		fields = append(fields, field)
	}
	return fields
}
