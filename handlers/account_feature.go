package handlers

import (
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
)

// accountFeature is one feature of one account, as a request's path names it.
type accountFeature struct {
	account *features.Account
	feature *features.Feature
}

// accountFeatureOf finds the account and the feature that a request's path names, or refuses with NotFound.
func (s *Server) accountFeatureOf(c echo.Context) (found accountFeature, err error) {
	if found.account, err = s.accountOf(c); err != nil {
		return found, err
	}
	found.feature, err = s.live.Catalogue().Feature(c.Param("key"))
	return found, err
}

// storedCell returns what the database has of a feature of an account.
func (s *Server) storedCell(c echo.Context, x accountFeature) (db.Cell, error) {
	cells, err := s.cells(c.Request().Context(), x.account, []*features.Feature{x.feature})
	return cells[x.feature.ID], err
}

// planOverride works out what a change would do to its account.
func (s *Server) planOverride(x accountFeature, change db.OverrideChange) (*features.OverridePlan, error) {
	return s.live.Catalogue().PlanOverride(x.account, x.feature, change.Wish(), time.Now())
}

// planObstacle says why a planned override would take no effect now; "" where it does.
func (s *Server) planObstacle(p *features.OverridePlan) string {
	if p.Effective {
		return ""
	}
	return accountFeature{account: p.Account, feature: p.Feature}.obstacle(s.live.Catalogue(), p.Standing, time.Now())
}
