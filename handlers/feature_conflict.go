package handlers

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// conflict is a feature that someone else has saved since a form of it was opened.
type conflict struct {
	version string // that is stored now
	by      string // who saved it
	rows    []views.DiffRow
}

func (s *Server) conflictWith(c echo.Context, f *features.Feature) (*conflict, error) {
	version, err := s.db.FeatureVersion(c.Request().Context(), f.ID)
	if err != nil {
		return nil, err
	}
	changes, err := s.db.LastChanges(c.Request().Context(), []int64{version})
	return &conflict{version: strconv.FormatInt(version, 10), by: changes[version].ActorName}, err
}

// compare adds a field to the two versions where they differ.
func (x *conflict) compare(field, theirs, mine string) {
	if theirs != mine {
		x.rows = append(x.rows, views.DiffRow{Field: views.FieldWords("feature", field), Before: theirs, After: mine})
	}
}

func (x *conflict) diff() *views.DiffModel {
	return &views.DiffModel{Caption: "Both versions", Before: x.by + "'s, saved", After: "Yours, not saved", Rows: x.rows}
}
