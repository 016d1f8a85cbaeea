package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// ShowEntry is one model or component.
func (s *Surface) ShowEntry(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		e, err := kind.find(c)
		if err != nil {
			return err
		}
		sets, err := s.DB.EntryChanges(c.Request().Context(), kind.entity(), e.id, historyShown)
		if err != nil {
			return err
		}
		words := kind.words()
		m := views.EntryModel{
			Words: words, Address: c.Request().URL.RequestURI(), URL: e.url, Name: e.title, Key: e.key, About: e.texts["description"], Badges: e.badges,
			Facts: entryFacts(kind, e), Active: e.active, MayEdit: web.MayEdit(c), Changes: timeline(c, sets),
		}
		return web.Render(c, http.StatusOK, inShell(s.shell(c, e.title, words.Many), views.EntryPage(m)))
	}
}

// entryFacts are an entry's fields in words; the features among them lead to their pages.
func entryFacts(kind EntryKind, e registryEntry) (facts []views.EntryCell) {
	for _, name := range kind.fields() {
		if name == "name" || name == "description" || slices.Contains(kind.fixed(), name) {
			continue // which the head of the page says
		}
		fact := views.EntryCell{Label: views.FieldWords(kind.entity(), name)}
		switch text := e.texts[name]; {
		case name == "feature" || name == "required_features":
			_, fact.Links = requiredFeatures(strings.Split(text, ", ")...)
		case text == "true" || text == "false":
			fact.Text = views.FieldValue(name, text == "true")
		case name == "type":
			fact.Text = words.Capital(text)
		case name == "max_tokens" || name == "context_window":
			n, _ := strconv.Atoi(text) // what is unknown is written as nothing
			fact.Text = tokens(n)
		case text != "" && (name == "input_price" || name == "output_price"):
			fact.Text = text + " per 1,000 tokens"
		case text != "" && name == "docs_url":
			fact.Links = []views.Link{{Text: text, URL: text}}
		default:
			fact.Text = text
		}
		facts = append(facts, fact)
	}
	return facts
}

// ConfirmEntryActive asks whether an entry shall be taken into use or out of use.
func (s *Surface) ConfirmEntryActive(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		e, err := kind.find(c)
		if err != nil {
			return err
		}
		active, err := readSwitch("active", c.QueryParam("active"))
		if err != nil {
			return err
		}
		return s.activeQuestion(c, kind, e, active, nil)
	}
}

func (s *Surface) activeQuestion(c echo.Context, kind EntryKind, e registryEntry, active bool, refusal error) error {
	question := views.AskModel{
		ID: "active-dialog", Title: "Deactivate " + e.title + "?", Hint: "Accounts can no longer use it.", Submit: "Deactivate", Danger: true,
		Action: e.url + "/active", CSRFToken: s.CSRFToken(c), Note: "Can be undone.", Back: views.Link{Text: e.title, URL: e.url},
	}
	if active {
		question.Title, question.Hint = "Activate "+e.title+"?", "Accounts that have the features it requires may use it."
		question.Submit, question.Danger = "Activate", false
	}
	fields := views.AskEntryFields{Active: strconv.FormatBool(active), Reason: c.FormValue("reason"), Error: web.FieldErrors(refusal)["reason"]}
	return s.confirm(c, kind.words().Many, question, views.AskEntry(fields), refusal)
}

// SetEntryActive takes an entry into use or out of use.
func (s *Surface) SetEntryActive(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		e, err := kind.find(c)
		if err != nil {
			return err
		}
		active, err := readSwitch("active", c.FormValue("active"))
		if err != nil {
			return err
		}
		revision, err := kind.setActive(c.Request().Context(), web.Actor(c), e, active, strings.TrimSpace(c.FormValue("reason")))
		switch {
		case web.FieldErrors(err)["reason"] != "":
			return s.activeQuestion(c, kind, e, active, err)
		case err != nil:
			return err
		}
		return s.done(c, used(e.title, active, revision), revision, e.url)
	}
}

func used(name string, active bool, revision int64) string {
	state := "inactive"
	if active {
		state = "active"
	}
	if revision == 0 {
		return name + " is " + state + " already"
	}
	return name + " is " + state
}

// ConfirmDeleteEntry asks whether an entry shall be deleted.
func (s *Surface) ConfirmDeleteEntry(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		e, err := kind.find(c)
		if err != nil {
			return err
		}
		return s.deleteEntryQuestion(c, kind, e, nil)
	}
}

func (s *Surface) deleteEntryQuestion(c echo.Context, kind EntryKind, e registryEntry, refusal error) error {
	question := views.AskModel{
		ID: "delete-dialog", Title: "Delete " + e.title + "?", Hint: "It is removed from the registry, and portals no longer list it.", Submit: "Delete", Danger: true,
		Action: e.url + "/delete", CSRFToken: s.CSRFToken(c), Note: "Can be undone.", Back: views.Link{Text: e.title, URL: e.url},
	}
	if !e.active {
		question.Hint = "It is removed from the registry. It is inactive, so portals do not list it now."
	}
	fields := views.AskEntryFields{Reason: c.FormValue("reason"), Error: web.FieldErrors(refusal)["reason"]}
	return s.confirm(c, kind.words().Many, question, views.AskEntry(fields), refusal)
}

// DeleteEntry takes an entry out of the registry.
func (s *Surface) DeleteEntry(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		e, err := kind.find(c)
		if err != nil {
			return err
		}
		revision, err := kind.remove(c.Request().Context(), web.Actor(c), e, strings.TrimSpace(c.FormValue("reason")))
		switch {
		case web.FieldErrors(err)["reason"] != "":
			return s.deleteEntryQuestion(c, kind, e, err)
		case err != nil:
			return err
		}
		s.setFlash(c, e.title+" is deleted", revision)
		return goTo(c, kind.words().Base)
	}
}

// requiringEntries lists the models and components that require a feature, for its page.
func (s *Surface) requiringEntries(f *features.Feature) (models, components []views.RequiringModel) {
	catalogue := s.Live.Catalogue()
	for _, m := range catalogue.ModelsOf(f.Key) {
		e := modelEntry(m)
		models = append(models, views.RequiringModel{Link: views.Link{Text: e.title, URL: e.url}, Key: e.key, Badges: e.badges})
	}
	for _, one := range catalogue.ComponentsOf(f.Key) {
		e := componentEntry(one)
		row := views.RequiringModel{Link: views.Link{Text: e.title, URL: e.url}, Key: e.key, Badges: e.badges}
		if one.Feature != f.Key {
			row.Note = "requires it"
		}
		components = append(components, row)
	}
	return models, components
}
