package console

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

const unusedShown = 8 // features without use, named on the overview

// ShowOverview is the console's first page.
func (s *Surface) ShowOverview(c echo.Context) error {
	sets, err := s.DB.ChangeSets(c.Request().Context(), db.AuditFilter{}, historyShown)
	if err != nil {
		return err
	}
	m := views.OverviewModel{
		Changes: timeline(c, sets), MayEdit: web.MayEdit(c), IsAdmin: web.CallerOf(c).User.StaffRole.AtLeast(features.Admin),
	}
	m.Pending = s.pendingUpgrades(c)
	s.countAccounts(&m)
	if err := s.countFeatureStates(c.Request().Context(), &m); err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "Overview", "overview"), views.OverviewPage(m)))
}

func (s *Surface) countAccounts(m *views.OverviewModel) {
	totals := s.Live.Totals()
	m.Active, m.Suspended, m.Overrides = totals.Active, totals.Suspended, totals.Overrides
}

// countFeatureStates counts the features by state, and finds those in use that no account has or that are stale.
func (s *Surface) countFeatureStates(ctx context.Context, m *views.OverviewModel) error {
	counted, err := s.counted(ctx, s.Live.Catalogue().Features())
	if err != nil {
		return err
	}
	for _, f := range counted {
		m.Counting = m.Counting || f.Pending
		switch web.StateOf(f.Feature) {
		case web.FeatureRetired:
			m.Retired++
			continue
		case web.FeatureKilled:
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
