package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
)

type modeView struct {
	Mode features.Mode `json:"mode"`
	thing
}

// seenSettings stands for all settings together: they have one version.
var seenSettings = db.Seen{Entity: "setting"}

func (s *Server) apiMode(c echo.Context) error { return s.answerMode(c)(0) }

func (s *Server) answerMode(c echo.Context) func(revision int64) error {
	return func(revision int64) error {
		return s.answerThing(c, http.StatusOK, revision, func() (versioned, db.Seen, error) {
			return &modeView{Mode: s.live.Catalogue().Settings.Mode}, seenSettings, nil
		})
	}
}

func (s *Server) apiSetMode(c echo.Context) error {
	var form struct {
		Mode   features.Mode `json:"mode"`
		Reason string        `json:"reason"`
	}
	if err := bindForm(c, &form); err != nil {
		return err
	}
	return s.edit(c, func() (db.Seen, bool, error) { return seenSettings, true, nil }, func(seen *db.Seen) error {
		return s.change(c, adminWrite{
			seen: seen,
			write: func(ctx context.Context, by features.Actor) (int64, error) {
				return s.db.SetMode(ctx, by, form.Mode, form.Reason)
			},
			answer: s.answerMode(c),
		})
	})
}
