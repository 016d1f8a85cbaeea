package console

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/registry"
	"flagstone/views"
)

// ConfirmEntryImport is where a CSV file of models or components is chosen.
func (s *Surface) ConfirmEntryImport(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error { return s.entryImportPage(c, http.StatusOK, kind, views.EntryImportModel{}) }
}

func (s *Surface) entryImportPage(c echo.Context, status int, kind EntryKind, m views.EntryImportModel) error {
	m.Words, m.CSRFToken, m.Columns, m.Identity = kind.words(), s.CSRFToken(c), kind.fields(), strings.Join(kind.fixed(), ", ")
	page := views.EntryImportPage(m)
	return s.pageWith(c, status, s.shell(c, "Import "+m.Words.Many, m.Words.Many), page, page)
}

// PreviewEntryImport shows what a file would change. Nothing is written; the file waits for ApplyEntryImport.
func (s *Surface) PreviewEntryImport(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		name, data, err := importFile(c)
		if fields := web.FieldErrors(err); fields != nil {
			return s.entryImportPage(c, http.StatusUnprocessableEntity, kind, views.EntryImportModel{Error: fields["file"]})
		}
		if err != nil {
			return err
		}
		return s.entryPlan(c, kind, upload{session: web.CallerOf(c).Session.ID, name: name, data: data}, "", nil)
	}
}

// entryPlan works an import out and shows it. notice says why it is here again; refusal is what was wrong with the reason.
func (s *Surface) entryPlan(c echo.Context, kind EntryKind, file upload, notice string, refusal error) error {
	read, err := kind.read(file.data)
	if err != nil {
		return s.wrongEntries(c, kind, file.name, err)
	}
	plan, err := s.DB.PlanRegistry(c.Request().Context(), registry.Import{File: read})
	if err != nil {
		return s.wrongEntries(c, kind, file.name, err)
	}
	words := kind.words()
	m := s.registryPlanModel(plan)
	m.CSRFToken, m.Source, m.Notice, m.Reason = s.CSRFToken(c), file.name, notice, importReason(c, refusal)
	m.Path = []views.Link{{Text: words.Title, URL: words.Base}, {Text: "Import", URL: words.Base + "/-/import"}}
	m.Back, m.Action = words.Base+"/-/import", words.Base+"/-/import/apply"
	m.Hidden = []views.HiddenField{{Name: "digest", Value: plan.Digest}}
	if plan.Changes() > 0 {
		m.Hidden = append(m.Hidden, views.HiddenField{Name: "token", Value: s.Uploads.keep(file, time.Now())})
	}
	page := views.ImportPlanPage(m)
	return s.pageWith(c, planStatus(notice, refusal), s.shell(c, "Import "+words.Many, words.Many), page, page)
}

// wrongEntries shows what is wrong with a file, by line and column; an error of another kind stays.
func (s *Surface) wrongEntries(c echo.Context, kind EntryKind, name string, err error) error {
	var problems features.Problems
	if !errors.As(err, &problems) {
		return err
	}
	return s.entryImportPage(c, http.StatusUnprocessableEntity, kind, views.EntryImportModel{Wrong: wrongFileModel(name, problems)})
}

// ApplyEntryImport does what the plan showed, if that is still what it would do; otherwise it shows the new plan.
func (s *Surface) ApplyEntryImport(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		file, ok := s.Uploads.take(web.CallerOf(c).Session.ID, c.FormValue("token"), time.Now())
		if !ok {
			return s.entryImportPage(c, http.StatusUnprocessableEntity, kind, views.EntryImportModel{
				Error: "This preview has been used or is older than 15 minutes. Choose the file again.",
			})
		}
		read, err := kind.read(file.data)
		if err != nil {
			return s.wrongEntries(c, kind, file.name, err)
		}
		plan, revision, err := s.DB.ImportRegistry(c.Request().Context(), web.Actor(c), db.RegistryChange{
			Import: registry.Import{File: read}, Name: file.name, Digest: c.FormValue("digest"), ChangeOptions: db.ChangeOptions{Reason: strings.TrimSpace(c.FormValue("reason"))},
		})
		switch {
		case err == nil:
			s.setFlash(c, "Imported "+file.name+": "+plan.Summary()+".", revision)
			return goTo(c, kind.words().Base)
		case features.KindOf(err) == features.Conflict:
			return s.entryPlan(c, kind, file, changedMeanwhile, nil)
		case web.FieldErrors(err)["reason"] != "":
			return s.entryPlan(c, kind, file, "", err)
		}
		return s.wrongEntries(c, kind, file.name, err)
	}
}

// EntryImportSample is a small file to begin with.
func (s *Surface) EntryImportSample(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		var body bytes.Buffer
		if err := csv.NewWriter(&body).WriteAll([][]string{kind.fields(), kind.sample()}); err != nil {
			return err
		}
		c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+kind.words().Many+`.csv"`)
		return c.Blob(http.StatusOK, "text/csv; charset=utf-8", body.Bytes())
	}
}
