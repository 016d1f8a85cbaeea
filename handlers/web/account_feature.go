package web

import (
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
)

// AccountFeature is one feature of one account, as a request's path names it.
type AccountFeature struct {
	Account *features.Account
	Feature *features.Feature
}

// AccountFeatureOf finds the account and the feature that a request's path names, or refuses with NotFound.
func (s *Base) AccountFeatureOf(c echo.Context) (found AccountFeature, err error) {
	if found.Account, err = s.AccountOf(c); err != nil {
		return found, err
	}
	found.Feature, err = s.Live.Catalogue().Feature(c.Param("key"))
	return found, err
}

// StoredCell returns what the database has of a feature of an account.
func (s *Base) StoredCell(c echo.Context, x AccountFeature) (db.Cell, error) {
	cells, err := s.Cells(c.Request().Context(), x.Account, []*features.Feature{x.Feature})
	return cells[x.Feature.ID], err
}

// PlanOverride works out what a change would do to its account.
func (s *Base) PlanOverride(x AccountFeature, change db.OverrideChange) (*features.OverridePlan, error) {
	return s.Live.Catalogue().PlanOverride(x.Account, x.Feature, change.Wish(), time.Now())
}

// PlanObstacle says why a planned override would take no effect now; "" where it does.
func (s *Base) PlanObstacle(p *features.OverridePlan) string {
	if p.Effective {
		return ""
	}
	return AccountFeature{Account: p.Account, Feature: p.Feature}.Obstacle(s.Live.Catalogue(), p.AccountValue, time.Now())
}
