package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// cellEdits are edits of the matrix: what is typed in its cells and not saved.
type cellEdits struct {
	changes  []db.TierFeatureChange
	hidden   []views.HiddenField // what was posted, to be posted again
	problems []views.CellProblem
	digest   string // of the effect that was shown
}

// bindCells reads the edits: for each cell its name, what is typed, what it allows and its version, one list of each.
func (s *Surface) bindCells(c echo.Context) (edits cellEdits, err error) {
	values, err := c.FormParams()
	if err != nil {
		return edits, err
	}
	names, texts, allows, versions := values["cell"], values["text"], values["allows"], values["version"]
	if len(texts) != len(names) || len(allows) != len(names) || len(versions) != len(names) {
		return edits, web.Refusal("cell", "The cells cannot be read. Reload the page and try again.")
	}
	edits.digest = values.Get("digest")
	for i, name := range names {
		tier, key, _ := strings.Cut(name, "/")
		change := db.TierFeatureChange{TierEdit: features.TierEdit{
			Tier: tier, Feature: key, AllowOverride: allows[i] != "locked", AllowUpgrade: allows[i] == "upgrade",
		}}
		if change.Version, err = strconv.ParseInt(versions[i], 10, 64); err != nil {
			return edits, web.Refusal("version", "The version is missing. Reload the page and try again.")
		}
		if err := s.readEdit(&edits, change, texts[i]); err != nil {
			return edits, err
		}
		edits.hidden = append(edits.hidden, views.HiddenField{Name: "cell", Value: name}, views.HiddenField{Name: "text", Value: texts[i]},
			views.HiddenField{Name: "allows", Value: allows[i]}, views.HiddenField{Name: "version", Value: versions[i]})
	}
	return edits, nil
}

// readEdit adds an edit with what is typed, or what is wrong with that.
func (s *Surface) readEdit(edits *cellEdits, change db.TierFeatureChange, text string) error {
	_, f, err := s.tierAndFeature(change.TierEdit)
	if err != nil {
		return err
	}
	change.Value, change.Clear, err = readCell(f, text)
	if problem := web.FieldErrors(err)["value"]; problem != "" {
		edits.problems = append(edits.problems, s.cellProblem(change.TierEdit, problem))
	}
	edits.changes = append(edits.changes, change)
	return nil
}

func (s *Surface) tierAndFeature(e features.TierEdit) (tier features.Tier, f *features.Feature, err error) {
	if tier, err = s.Live.Catalogue().TierByKey(e.Tier); err == nil {
		f, err = s.Live.Catalogue().Feature(e.Feature)
	}
	return tier, f, err
}

// cellProblem is what is wrong with one edit; tier and feature are known to exist.
func (s *Surface) cellProblem(e features.TierEdit, text string) views.CellProblem {
	tier, f, _ := s.tierAndFeature(e)
	cell := views.MatrixCell{TierID: tier.ID, FeatureID: f.ID}
	return views.CellProblem{Cell: cell.ID(), Name: f.Name + ", " + tier.Name, Text: text}
}

// plan works the edits out, or notes what is wrong with them.
func (s *Surface) planCells(edits *cellEdits) (*features.TierPlan, error) {
	if edits.problems != nil {
		return nil, nil //nolint:nilnil // the problems say why there is no plan
	}
	list := make([]features.TierEdit, len(edits.changes))
	for i, change := range edits.changes {
		list[i] = change.TierEdit
	}
	plan, err := s.DB.PlanTiers(list)
	fields := web.FieldErrors(err)
	if fields == nil {
		return plan, err
	}
	for _, e := range list {
		for _, name := range []string{"value", "allow_upgrade"} {
			if text := fields[e.Field(name)]; text != "" {
				edits.problems = append(edits.problems, s.cellProblem(e, text))
			}
		}
	}
	return nil, nil //nolint:nilnil // the problems say why there is no plan
}

// PreviewCells says whom the edits concern, or what is wrong with them, while they are typed.
func (s *Surface) PreviewCells(c echo.Context) error {
	edits, err := s.bindCells(c)
	if err != nil {
		return err
	}
	plan, err := s.planCells(&edits)
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, views.MatrixBar(s.matrixBar(edits, plan)))
}

// matrixBar is what the page says of edits that are not saved. Where somebody loses a feature, they are asked about once
// more before they are saved.
func (s *Surface) matrixBar(edits cellEdits, plan *features.TierPlan) views.MatrixBarModel {
	bar := views.MatrixBarModel{Count: len(edits.changes), Problems: edits.problems}
	if plan != nil {
		bar.Effect = s.tierEffect(plan)
		if !bar.Effect.Takes {
			bar.Digest = plan.Digest
		}
	}
	return bar
}

// SaveCells saves the edits of the matrix together. Those that concern somebody are saved once their effect has been seen
// as it is; otherwise it is shown first.
func (s *Surface) SaveCells(c echo.Context) error {
	edits, err := s.bindCells(c)
	if err != nil {
		return err
	}
	if edits.digest == "" || edits.problems != nil {
		plan, err := s.planCells(&edits)
		switch {
		case err != nil:
			return err
		case plan == nil:
			return s.cellsRefused(c, edits)
		case concerns(plan):
			return s.confirmCells(c, http.StatusOK, edits, plan, "")
		}
		edits.digest = plan.Digest
	}
	plan, revision, err := s.DB.SaveTierFeatures(c.Request().Context(), web.Actor(c), db.TierSave{Changes: edits.changes, Digest: edits.digest})
	switch {
	case err == nil:
		return s.cellsSaved(c, plan, revision)
	case features.KindOf(err) == features.Invalid:
		if _, err := s.planCells(&edits); err != nil {
			return err
		}
		return s.cellsRefused(c, edits)
	case features.KindOf(err) != features.Conflict:
		return err
	case fieldless(err):
		return s.confirmCells(c, http.StatusConflict, edits, plan, changedMeanwhile)
	}
	return s.cellsConflict(c, edits, plan)
}

// cellsRefused says beside the cells what is wrong with them.
func (s *Surface) cellsRefused(c echo.Context, edits cellEdits) error {
	return s.matrixAnswer(c, http.StatusUnprocessableEntity, edits, views.MatrixBar(s.matrixBar(edits, nil)))
}

// concerns tells whether a plan changes anything for anybody.
func concerns(plan *features.TierPlan) bool {
	return slices.ContainsFunc(plan.Effects, func(e features.Effect) bool { return !e.IsEmpty() })
}

// fieldless tells a refusal of the whole from one that names a field.
func fieldless(err error) bool {
	refused, one := err.(*features.Error) //nolint:errorlint // Problems wrap errors too, and are what is to be told apart
	return one && refused.Field == ""
}

// matrixAnswer answers with fragments of the matrix, or leads a browser without script back to it.
func (s *Surface) matrixAnswer(c echo.Context, status int, edits cellEdits, fragments ...templ.Component) error {
	if web.IsHtmx(c) {
		return web.Render(c, status, fragments...)
	}
	if len(edits.problems) > 0 {
		return web.Refusal("text", edits.problems[0].Name+": "+edits.problems[0].Text)
	}
	return web.Render(c, status, inShell(s.shell(c, "Tiers", "tiers"), fragments[len(fragments)-1]))
}

// confirmCells shows the effect of the edits and asks whether to save them.
func (s *Surface) confirmCells(c echo.Context, status int, edits cellEdits, plan *features.TierPlan, notice string) error {
	count := words.Count(len(edits.changes), "change")
	dialog := views.CellsConfirm(views.CellsConfirmModel{
		Title: "Save " + count + "?", Notice: notice, CSRFToken: s.CSRFToken(c), Effect: s.tierEffect(plan), Submit: "Save " + count,
		Hidden: append(edits.hidden, views.HiddenField{Name: "digest", Value: plan.Digest}),
	})
	if !web.IsHtmx(c) {
		return s.matrixAnswer(c, status, edits, dialog)
	}
	return web.Render(c, status, views.MatrixBar(s.matrixBar(edits, plan)), views.IntoDialogs(dialog))
}

// cellsSaved answers with the cells as they are now and says what was done; revision is 0 where it was so already.
func (s *Surface) cellsSaved(c echo.Context, plan *features.TierPlan, revision int64) error {
	text := "No changes to save"
	if revision != 0 {
		text = plan.Summary()
	}
	if !web.IsHtmx(c) {
		s.setFlash(c, text, revision)
		return c.Redirect(http.StatusSeeOther, "/admin/tiers")
	}
	cells, err := s.cellsNow(c, plan)
	if err != nil {
		return err
	}
	c.Response().Header().Set("HX-Trigger", "dialog:close, matrix:saved")
	return web.Render(c, http.StatusOK, append(cells, views.MatrixBar(views.MatrixBarModel{}), s.changeToast(c, text, revision))...)
}

// cellsNow gives the cells of a plan, and the counts of their categories, as they are now.
func (s *Surface) cellsNow(c echo.Context, plan *features.TierPlan) (cells []templ.Component, err error) {
	m, err := s.matrixShown(c, plan)
	if err != nil {
		return nil, err
	}
	counted := make(map[string]bool)
	for _, e := range plan.Edits {
		cells = append(cells, views.MatrixCellView(m.cell(e.Of, e.For), true))
		if name := categoryName(e.For); !counted[name] {
			counted[name] = true
			cells = append(cells, views.MatrixCategoryCount(m.category(e.For), true))
		}
	}
	return cells, nil
}

// matrixShown is the matrix that a request was made from, with the cells of the features that a plan is about.
func (s *Surface) matrixShown(c echo.Context, plan *features.TierPlan) (matrix, error) {
	page, err := url.Parse(s.PageOf(c.Request()))
	if err != nil {
		page = &url.URL{}
	}
	catalogue := s.Live.Catalogue()
	query, err := readMatrixQuery(page.Query(), catalogue)
	if err != nil { // the page is another, or a tier of its address has gone
		query = matrixQuery{tiers: catalogue.Tiers()}
	}
	var edited []*features.Feature
	for _, e := range plan.Edits {
		if !slices.Contains(edited, e.For) {
			edited = append(edited, e.For)
		}
	}
	return s.matrix(c, query, catalogue, edited)
}

// cellsConflict tells that someone else has saved some of the cells since, with both values: these cells show theirs,
// the others keep what is typed, and nothing of either is lost.
func (s *Surface) cellsConflict(c echo.Context, edits cellEdits, plan *features.TierPlan) error {
	m, err := s.matrixShown(c, plan)
	if err != nil {
		return err
	}
	model := views.CellsConflictModel{CSRFToken: s.CSRFToken(c), Hidden: edits.hidden}
	model.Versions.Caption, model.Versions.After = "Both versions", "Yours, not saved"
	var cells []templ.Component
	var latest int64
	for i, e := range plan.Edits {
		cell := m.cell(e.Of, e.For)
		if cell.Version == edits.changes[i].Version {
			continue
		}
		latest = max(latest, cell.Version)
		model.Hidden[4*i+3].Value = strconv.FormatInt(cell.Version, 10)
		model.Versions.Rows = append(model.Versions.Rows, views.DiffRow{
			Field: e.For.Name + ", " + e.Of.Name, Before: TierFeatureWords(e.Was), After: TierFeatureWords(e.Is),
		})
		cells = append(cells, views.MatrixCellView(cell, true))
	}
	changes, err := s.DB.LastChanges(c.Request().Context(), []int64{latest})
	if err != nil {
		return err
	}
	model.By = changes[latest].ActorName
	model.Versions.Before = model.By + "'s, saved " + views.When(changes[latest].At, time.Now())
	dialog := views.CellsConflict(model)
	if !web.IsHtmx(c) {
		return s.matrixAnswer(c, http.StatusConflict, edits, dialog)
	}
	c.Response().Header().Set("HX-Trigger", "matrix:again")
	return web.Render(c, http.StatusConflict, append(cells, views.MatrixBar(s.matrixBar(edits, nil)), views.IntoDialogs(dialog))...)
}

// TierFeatureWords is what a tier gives of a feature, in words: "50, overrides not allowed".
func TierFeatureWords(x *features.TierFeature) string {
	if x == nil {
		return "Not listed"
	}
	words := valueWord(x.Value)
	if !x.AllowOverride {
		words += ", overrides not allowed"
	}
	if x.AllowUpgrade {
		words += ", can be requested"
	}
	return words
}
