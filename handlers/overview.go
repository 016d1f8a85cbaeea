package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

const unusedShown = 8 // features without use, named on the overview

// showOverview is the console's first page.
func (s *Server) showOverview(c echo.Context) error {
	sets, err := s.db.ChangeSets(c.Request().Context(), db.AuditFilter{}, historyShown)
	if err != nil {
		return err
	}
	m := views.OverviewModel{
		Changes: timeline(c, sets), MayEdit: mayEdit(c), IsAdmin: callerOf(c).User.StaffRole.AtLeast(features.Admin),
	}
	m.Pending = s.pendingUpgrades(c)
	s.countAccounts(&m)
	if err := s.countFeatureStates(c.Request().Context(), &m); err != nil {
		return err
	}
	return render(c, http.StatusOK, inShell(s.shell(c, "Overview", "overview"), views.OverviewPage(m)))
}

func (s *Server) countAccounts(m *views.OverviewModel) {
	totals := s.live.Totals()
	m.Active, m.Suspended, m.Overrides = totals.Active, totals.Suspended, totals.Overrides
}

// countFeatureStates counts the features by state, and finds those in use that no account has or that are stale.
func (s *Server) countFeatureStates(ctx context.Context, m *views.OverviewModel) error {
	counted, err := s.counted(ctx, s.live.Catalogue().Features())
	if err != nil {
		return err
	}
	for _, f := range counted {
		m.Counting = m.Counting || f.Pending
		switch stateOf(f.Feature) {
		case featureRetired:
			m.Retired++
			continue
		case featureKilled:
			m.Killed++
		default:
			m.Live++
		}
		why := f.stale
		if why != "" {
			m.Stale++
		} else if !f.Pending && f.Having() == 0 && f.Total() > 0 {
			why = "No account has it."
		}
		if why == "" {
			continue
		}
		if m.UnusedAll++; m.UnusedAll <= unusedShown {
			m.Unused = append(m.Unused, views.UnusedFeature{FeatureNameModel: featureName(f.Feature), Why: why})
		}
	}
	return nil
}
