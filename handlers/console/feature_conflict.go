package console

import (
	"strconv"
	"strings"

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

func (s *Surface) conflictWith(c echo.Context, f *features.Feature) (*conflict, error) {
	version, err := s.DB.FeatureVersion(c.Request().Context(), f.ID)
	if err != nil {
		return nil, err
	}
	changes, err := s.DB.LastChanges(c.Request().Context(), []int64{version})
	return &conflict{version: strconv.FormatInt(version, 10), by: changes[version].ActorName}, err
}

// compare adds a field to the two versions where they differ.
func (x *conflict) compare(field, theirs, mine string) {
	if theirs != mine {
		x.rows = append(x.rows, views.DiffRow{Field: fieldLabel(field), Before: theirs, After: mine})
	}
}

func (x *conflict) diff() *views.DiffModel {
	return &views.DiffModel{Caption: "Both versions", Before: x.by + "'s, saved", After: "Yours, not saved", Rows: x.rows}
}

// fieldLabels are the fields of a feature's editors as these name them.
var fieldLabels = map[string]string{
	"strategy": "Release it to", "percentage": "Share", "rollout_by": "Count by", "account_ids": "Accounts", "user_ids": "Users",
	"postal_codes": "Postal codes",
}

// fieldLabel names a field as its form does: "variants.2.key" is of variant 2.
func fieldLabel(field string) string {
	if label := fieldLabels[field]; label != "" {
		return label
	}
	if tier, ok := strings.CutPrefix(field, "tier."); ok {
		return "Tier " + tier
	}
	if parts := strings.Split(field, "."); len(parts) == 3 {
		return "Variant " + parts[1] + ", " + parts[2]
	}
	return views.FieldWords("feature", field)
}
