package console

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
	"flagstone/registry"
	"flagstone/views"
	"flagstone/words"
)

// ConfirmImport is where a CSV file of accounts is chosen.
func (s *Surface) ConfirmImport(c echo.Context) error {
	return s.importPage(c, http.StatusOK, views.ImportModel{})
}

func (s *Surface) importPage(c echo.Context, status int, model views.ImportModel) error {
	model.CSRFToken = s.CSRFToken(c)
	for _, tier := range s.Live.Catalogue().Tiers() {
		model.Tiers = append(model.Tiers, tier.Key)
	}
	content := views.ImportPage(model)
	return s.pageWith(c, status, s.shell(c, "Import accounts", "accounts"), content, content)
}

// PreviewImport shows what would become of each line of a file. Nothing is written; the file waits for ApplyImport.
func (s *Surface) PreviewImport(c echo.Context) error {
	name, data, err := importFile(c)
	if fields := web.FieldErrors(err); fields != nil {
		return s.importPage(c, http.StatusUnprocessableEntity, views.ImportModel{Error: fields["file"]})
	}
	if err != nil {
		return err
	}
	return s.importPreview(c, upload{session: web.CallerOf(c).Session.ID, name: name, data: data})
}

// importFile reads the file that a form brings.
func importFile(c echo.Context) (name string, data []byte, err error) {
	header, err := c.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil, web.Refusal("file", "Choose a CSV file first.")
	}
	if err != nil {
		return "", nil, err
	}
	file, err := header.Open()
	if err != nil {
		return "", nil, err
	}
	data, err = io.ReadAll(file)
	return header.Filename, data, errors.Join(err, file.Close())
}

// importPreview shows the outcome of each line, and offers to import the file when every line is right.
func (s *Surface) importPreview(c echo.Context, file upload) error {
	plan, err := s.DB.PlanImport(c.Request().Context(), registry.ReadAccounts(file.data))
	if err != nil {
		return err
	}
	preview := previewOf(file.name, plan)
	status := http.StatusUnprocessableEntity
	if preview.Wrong == 0 {
		status, preview.Token = http.StatusOK, s.Uploads.keep(file, time.Now())
	}
	return s.importPage(c, status, views.ImportModel{Preview: &preview})
}

// importLines is how many lines of each outcome a preview shows.
const importLines = 200

func previewOf(name string, plan registry.AccountImport) views.ImportPreviewModel {
	preview := views.ImportPreviewModel{File: name, Total: len(plan.Lines)}
	var right []views.ImportLineModel
	for _, line := range plan.Lines {
		if len(line.Problems) > 0 {
			preview.Wrong++
			if preview.Wrong <= importLines {
				preview.Lines = append(preview.Lines, importLine(line))
			}
		} else if len(right) < importLines {
			right = append(right, importLine(line))
		}
	}
	preview.Lines = append(preview.Lines, right...)
	return preview
}

func importLine(line registry.ImportLine) views.ImportLineModel {
	model := views.ImportLineModel{Number: line.Number, Account: views.AccountFields(line.Draft)}
	for _, problem := range line.Problems {
		model.Problems = append(model.Problems, views.Fact{Name: problem.Field, Value: problem.Message})
	}
	return model
}

// ApplyImport adds the accounts of the file that was shown: all of them, or none. What has come in between, such as a
// slug that somebody took, is shown in a new preview.
func (s *Surface) ApplyImport(c echo.Context) error {
	file, ok := s.Uploads.take(web.CallerOf(c).Session.ID, c.FormValue("token"), time.Now())
	if !ok {
		return s.importPage(c, http.StatusUnprocessableEntity, views.ImportModel{
			Error: "This preview has been used or is older than 15 minutes. Choose the file again.",
		})
	}
	accounts := registry.ReadAccounts(file.data)
	_, err := s.DB.ImportAccounts(c.Request().Context(), web.Actor(c), accounts)
	if web.FieldErrors(err) != nil {
		return s.importPreview(c, file)
	}
	if err != nil {
		return err
	}
	s.setFlash(c, "Imported "+words.Count(len(accounts.Lines), "account")+".", 0)
	return goTo(c, "/admin/accounts?sort=change")
}

// ImportSample is a small file to begin with.
func (s *Surface) ImportSample(c echo.Context) error {
	tier := ""
	if tiers := s.Live.Catalogue().Tiers(); len(tiers) > 0 {
		tier = tiers[0].Key
	}
	var body bytes.Buffer
	sample := csv.NewWriter(&body)
	err := sample.WriteAll([][]string{
		registry.ImportColumns(),
		{"Blue Note Club", "blue-note-club", "crm-1001", "office@blue-note.example", "60601", tier, "active"},
		{"Harbour, Stage and Sons", "", "", "", "", "", ""},
	})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="accounts.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", body.Bytes())
}
