package console

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/registry"
	"flagstone/views"
	"flagstone/words"
)

const registryPath = settingsPath + "/registry"

// ShowRegistry is where the registry leaves and comes in as a file.
func (s *Surface) ShowRegistry(c echo.Context) error {
	return s.registryPage(c, http.StatusOK, views.RegistryModel{})
}

func (s *Surface) registryPage(c echo.Context, status int, m views.RegistryModel) error {
	m.CSRFToken = s.CSRFToken(c)
	for _, shipped := range registry.Starters() {
		file, err := registry.LoadStarter(shipped.Name)
		if err != nil {
			return err
		}
		m.Catalogues = append(m.Catalogues, views.CatalogueModel{
			Name: shipped.Name, Title: shipped.Title, About: shipped.About, Missing: s.missing(file),
		})
	}
	page := views.RegistryPage(m)
	return s.pageWith(c, status, s.shell(c, "Import and export", "settings"), page, page)
}

// missing counts the features of a file that the registry lacks.
func (s *Surface) missing(file registry.File) (n int) {
	for _, f := range file.Features {
		if _, err := s.Live.Catalogue().Feature(f.Draft.Key); err != nil {
			n++
		}
	}
	return n
}

// ExportRegistry gives the registry as a file.
func (s *Surface) ExportRegistry(c echo.Context) error {
	file, err := s.DB.ExportRegistry(c.Request().Context(), c.QueryParam("accounts") == "true")
	if err != nil {
		return err
	}
	s.NoteSecurity(c, features.SecurityEvent{Event: features.DataExported, Detail: c.Path()})
	header := c.Response().Header()
	header.Set(echo.HeaderContentDisposition, `attachment; filename="registry.yaml"`)
	header.Set("Cache-Control", "private, no-store")
	return c.Blob(http.StatusOK, "application/yaml; charset=utf-8", registry.WriteYAML(file))
}

// registrySource is what is imported: a file that waits, or a starter catalogue.
type registrySource struct {
	file      upload // its name is "" for a catalogue
	catalogue string
	change    db.RegistryChange
}

// PreviewRegistry shows what a file would make of the registry. Nothing is written; the file waits for ApplyRegistry.
func (s *Surface) PreviewRegistry(c echo.Context) error {
	source := registrySource{}
	name, data, err := importFile(c)
	if fields := web.FieldErrors(err); fields != nil {
		return s.registryPage(c, http.StatusUnprocessableEntity, registryForm(c, "Choose a YAML file first."))
	}
	if err != nil {
		return err
	}
	source.file = upload{session: web.CallerOf(c).Session.ID, name: name, data: data}
	if err := source.read(c); err != nil {
		return s.wrongFile(c, name, err)
	}
	return s.registryPlan(c, source, "", nil)
}

func registryForm(c echo.Context, problem string) views.RegistryModel {
	return views.RegistryModel{Accounts: c.FormValue("accounts") == "true", Prune: c.FormValue("prune") == "true", Error: problem}
}

// read reads the file, or the catalogue, and what the form says beside it.
func (r *registrySource) read(c echo.Context) (err error) {
	if r.catalogue != "" {
		r.change.OnlyNew, r.change.Name = true, "the catalogue "+r.catalogue
		r.change.File, err = registry.LoadStarter(r.catalogue)
		return err
	}
	form := registryForm(c, "")
	r.change.Accounts, r.change.Prune, r.change.Name = form.Accounts, form.Prune, r.file.name
	r.change.File, err = registry.ReadYAML(r.file.data)
	return err
}

// problemsShown is how many problems of a file are shown.
const problemsShown = 200

// wrongFile shows what is wrong with a file, by line and column; an error of another kind stays.
func (s *Surface) wrongFile(c echo.Context, name string, err error) error {
	var problems features.Problems
	if !errors.As(err, &problems) {
		return err
	}
	m := registryForm(c, "")
	m.Wrong = wrongFileModel(name, problems)
	return s.registryPage(c, http.StatusUnprocessableEntity, m)
}

func wrongFileModel(name string, problems features.Problems) *views.WrongFileModel {
	m := &views.WrongFileModel{File: name, Total: len(problems)}
	for _, problem := range problems[:min(len(problems), problemsShown)] {
		m.Problems = append(m.Problems, views.Fact{Name: place(problem.Field), Value: problem.Message})
	}
	return m
}

// place is where a problem stands in a file, at the beginning of a line; "" where it is of the file as a whole.
func place(field string) string {
	if field == "" {
		return "The file"
	}
	return words.Capital(field)
}

// PreviewCatalogue shows what a starter catalogue would add.
func (s *Surface) PreviewCatalogue(c echo.Context) error {
	source := registrySource{catalogue: c.Param("name")}
	if err := source.read(c); err != nil {
		return err
	}
	return s.registryPlan(c, source, "", nil)
}

// registryPlan works an import out and shows it. notice says why it is here again; refusal is what was wrong with the
// reason.
func (s *Surface) registryPlan(c echo.Context, source registrySource, notice string, refusal error) error {
	plan, err := s.DB.PlanRegistry(c.Request().Context(), source.change.Import)
	if err != nil {
		return s.wrongFile(c, source.file.name, err)
	}
	m := s.registryPlanModel(plan)
	m.CSRFToken, m.Source, m.Notice, m.Reason = s.CSRFToken(c), source.change.Name, notice, importReason(c, refusal)
	m.Path = []views.Link{{Text: "Settings", URL: settingsPath}, {Text: "Import and export", URL: registryPath}}
	m.Back, m.Action = registryPath, registryPath+"/apply"
	m.Hidden = []views.HiddenField{
		{Name: "digest", Value: plan.Digest},
		{Name: "catalogue", Value: source.catalogue},
		{Name: "accounts", Value: strconv.FormatBool(source.change.Accounts)},
		{Name: "prune", Value: strconv.FormatBool(source.change.Prune)},
	}
	if source.catalogue == "" && plan.Changes() > 0 {
		m.Hidden = append(m.Hidden, views.HiddenField{Name: "token", Value: s.Uploads.keep(source.file, time.Now())})
	}
	page := views.ImportPlanPage(m)
	return s.pageWith(c, planStatus(notice, refusal), s.shell(c, "Import "+m.Source, "settings"), page, page)
}

// importReason asks why something is imported.
func importReason(c echo.Context, refusal error) views.InputModel {
	return views.InputModel{
		ID: "reason", Name: "reason", Value: c.FormValue("reason"), Label: "Reason", Error: web.FieldErrors(refusal)["reason"],
		Hint: "Optional. Kept in the audit log.", Attributes: templ.Attributes{"maxlength": "500"},
	}
}

func planStatus(notice string, refusal error) int {
	switch {
	case refusal != nil:
		return web.Describe(refusal).Status
	case notice != "":
		return http.StatusConflict
	}
	return http.StatusOK
}

// ApplyRegistry does what the plan showed, if that is still what it would do; otherwise it shows the new plan.
func (s *Surface) ApplyRegistry(c echo.Context) error {
	source := registrySource{catalogue: c.FormValue("catalogue")}
	if source.catalogue == "" {
		var ok bool
		if source.file, ok = s.Uploads.take(web.CallerOf(c).Session.ID, c.FormValue("token"), time.Now()); !ok {
			return s.registryPage(c, http.StatusUnprocessableEntity, registryForm(c, "This preview has been used or is older than 15 minutes. Choose the file again."))
		}
	}
	if err := source.read(c); err != nil {
		return err
	}
	source.change.Digest, source.change.Reason = c.FormValue("digest"), c.FormValue("reason")
	plan, revision, err := s.DB.ImportRegistry(c.Request().Context(), web.Actor(c), source.change)
	switch {
	case err == nil:
		s.setFlash(c, "Imported "+source.change.Name+": "+plan.Summary()+".", revision)
		return goTo(c, registryPath)
	case features.KindOf(err) == features.Conflict:
		return s.registryPlan(c, source, changedMeanwhile, nil)
	case web.FieldErrors(err)["reason"] != "":
		return s.registryPlan(c, source, "", err)
	}
	return s.wrongFile(c, source.file.name, err)
}

// plannedShown is how many things of a kind a plan shows.
const plannedShown = 200

func (s *Surface) registryPlanModel(plan *registry.ImportPlan) views.ImportPlanModel {
	m := views.ImportPlanModel{Summary: plan.Summary(), Notes: plan.Notes}
	for _, list := range []views.PlannedListModel{
		plannedList("features", "Features", plan.Features), plannedList("tiers", "Tiers", plan.Tiers),
		plannedList("listed", "Tier features", plan.TierFeatures),
		plannedList("models", "Models", plan.Models), plannedList("components", "Components", plan.Components),
		plannedList("accounts", "Accounts", plan.Accounts), plannedList("overrides", "Overrides", plan.Overrides),
	} {
		if list.Total > 0 {
			m.Lists = append(m.Lists, list)
		}
	}
	m.Effects = s.featureEffects(plan.Effects)
	return m
}

func plannedList[T any](id, title string, planned []registry.PlannedChange[T]) views.PlannedListModel {
	m := views.PlannedListModel{ID: "planned-" + id, Title: title}
	for _, p := range planned {
		if p.Outcome == registry.Unchanged {
			m.Unchanged++
			continue
		}
		m.Total++
		if m.Total > plannedShown {
			continue
		}
		row := views.PlannedModel{Key: p.Key, Name: p.Name, Badge: outcomeBadge(p.Outcome), Note: p.Note}
		if p.Outcome == registry.Updated {
			for _, f := range p.Fields {
				row.Fields = append(row.Fields, views.DiffRow{Field: f.Name, Before: words.Clipped(f.Before), After: words.Clipped(f.After)})
			}
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

func outcomeBadge(outcome registry.Outcome) views.BadgeModel {
	switch outcome {
	case registry.Created:
		return views.BadgeModel{Text: "New", Kind: "good"}
	case registry.Updated:
		return views.BadgeModel{Text: "Changed"}
	case registry.Retired:
		return views.BadgeModel{Text: "Retired", Kind: "warn"}
	case registry.Deleted:
		return views.BadgeModel{Text: "Deleted", Kind: "bad"}
	}
	return views.BadgeModel{Text: "Left out"}
}
