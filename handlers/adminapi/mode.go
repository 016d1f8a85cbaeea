package adminapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

type modeView struct {
	Mode features.Mode `json:"mode"`
	resource
}

// seenSettings stands for all settings together: they have one version.
var seenSettings = db.IfMatch{Entity: "setting"}

// ShowMode answers with the mode that the registry is in.
func (s *Surface) ShowMode(c echo.Context) error { return s.answerMode(c)(0) }

func (s *Surface) answerMode(c echo.Context) func(revision int64) error {
	return func(revision int64) error {
		return s.answerResource(c, http.StatusOK, revision, func() (versioned, db.IfMatch, error) {
			return &modeView{Mode: s.Live.Catalogue().Settings.Mode}, seenSettings, nil
		})
	}
}

// SetMode sets the mode that the registry is in.
func (s *Surface) SetMode(c echo.Context) error {
	var form struct {
		Mode   features.Mode `json:"mode"`
		Reason string        `json:"reason"`
	}
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	return s.edit(c, func() (db.IfMatch, bool, error) { return seenSettings, true, nil }, func(seen *db.IfMatch) error {
		return s.change(c, adminWrite{
			seen:   seen,
			change: &db.SetMode{ChangeOptions: db.ChangeOptions{Reason: form.Reason}, Mode: form.Mode},
			answer: s.answerMode(c),
		})
	})
}
