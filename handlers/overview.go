package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

const unusedShown = 8 // features that nobody has, named on the overview

// showOverview is the console's first page.
func (s *Server) showOverview(c echo.Context) error {
	sets, err := s.db.ChangeSets(c.Request().Context(), db.AuditFilter{}, historyShown)
	if err != nil {
		return err
	}
	m := views.OverviewModel{
		Changes: timeline(c, sets), MayEdit: mayEdit(c), IsAdmin: callerOf(c).User.StaffRole.AtLeast(features.Admin),
	}
	s.countAccounts(&m)
	s.countFeatureStates(&m)
	return render(c, http.StatusOK, inShell(s.shell(c, "Overview", "overview"), views.OverviewPage(m)))
}

func (s *Server) countAccounts(m *views.OverviewModel) {
	for a := range s.live.Accounts().All() {
		m.Overrides += len(a.Overrides)
		if a.Status == features.Active {
			m.Active++
		} else {
			m.Suspended++
		}
	}
}

// countFeatureStates counts the features by state, and finds those in use that no account has.
func (s *Server) countFeatureStates(m *views.OverviewModel) {
	for _, f := range s.counted(s.live.Catalogue().Features()) {
		switch stateOf(f.Feature) {
		case featureRetired:
			m.Retired++
			continue
		case featureKilled:
			m.Killed++
		default:
			m.Live++
		}
		if f.on > 0 || m.Active+m.Suspended == 0 {
			continue
		}
		if m.UnusedAll++; m.UnusedAll <= unusedShown {
			m.Unused = append(m.Unused, featureName(f.Feature))
		}
	}
}
