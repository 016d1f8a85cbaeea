package handlers

import (
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// accountOf finds the account that a request's path names, or refuses with NotFound.
func (s *Server) accountOf(c echo.Context) (*features.Account, error) {
	return s.live.Accounts().BySlug(c.Param("slug"))
}

// accountFrame is the head of an account's pages; tab is the section shown, users how many people are in the account.
func (s *Server) accountFrame(c echo.Context, a *features.Account, tab string, users int) views.AccountFrameModel {
	catalogue := s.live.Catalogue()
	frame := views.AccountFrameModel{
		Tab:          tab,
		Slug:         a.Slug,
		Name:         a.Name,
		Suspended:    a.Status == features.Suspended,
		ExternalID:   a.ExternalID,
		TargetingKey: a.TargetingKey,
		ContactEmail: a.ContactEmail,
		PostalCode:   a.PostalCode,
		Since:        a.CreatedAt.UTC().Format("2 Jan 2006"),
		Users:        users,
		MayEdit:      mayEdit(c),
	}
	for i, tier := range catalogue.Tiers() {
		if tier.ID == a.TierID {
			frame.Tier, frame.TierPlace = tier.Name, i+1
		}
	}
	countFeatures(&frame, catalogue, a, time.Now())
	return frame
}

// countFeatures says how many of the active features an account has, and how many of them are overridden.
func countFeatures(frame *views.AccountFrameModel, catalogue *features.Catalogue, a *features.Account, at time.Time) {
	for _, f := range catalogue.Features() {
		if !f.Active {
			continue
		}
		frame.Features++
		if features.Evaluate(f, &features.Context{Account: a}, at).Value.Enabled {
			frame.On++
		}
		if _, live := a.Override(f.ID, at.UnixMilli()); live {
			frame.Overridden++
		}
	}
}

// mayEdit tells whether the caller may write accounts, features and users (spec §4, roles).
func mayEdit(c echo.Context) bool { return callerOf(c).User.StaffRole.AtLeast(features.Editor) }
