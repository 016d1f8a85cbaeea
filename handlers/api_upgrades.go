package handlers

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
)

// upgradesShown is how many of its requests an account is told.
const upgradesShown = 100

// upgradeView is a request as a portal sees it.
type upgradeView struct {
	ID        int64                  `json:"id"`
	Feature   string                 `json:"feature"`
	Name      string                 `json:"name"`
	Message   string                 `json:"message"`
	Status    features.UpgradeStatus `json:"status"`
	Note      string                 `json:"note"`
	AskedBy   string                 `json:"asked_by"`
	AskedAt   time.Time              `json:"asked_at"`
	DecidedAt *time.Time             `json:"decided_at"`
}

// offerView is a feature that an account may ask for, with what it has of it.
type offerView struct {
	Feature string        `json:"feature"`
	Name    string        `json:"name"`
	Enabled bool          `json:"enabled"`
	Value   features.JSON `json:"value,omitempty"`
}

type upgradesView struct {
	Available []offerView   `json:"available"`
	Requests  []upgradeView `json:"requests"`
}

func upgradeViewOf(catalogue *features.Catalogue, r features.UpgradeRequest) upgradeView {
	view := upgradeView{
		ID: r.ID, Message: r.Message, Status: r.Status, Note: r.Note, AskedBy: r.AskedByName, AskedAt: r.AskedAt.UTC(),
		DecidedAt: moment(r.DecidedAt),
	}
	if f := catalogue.FeatureByID(r.FeatureID); f != nil {
		view.Feature, view.Name = f.Key, f.Name
	}
	return view
}

// portalMember gives the account that a portal's request is about. It refuses a user without one.
func (s *Server) portalMember(c echo.Context) (member, error) {
	chosen, err := s.choose(callerOf(c).User, c.QueryParam("account"))
	if err == nil && chosen.account == nil {
		err = &features.Error{Kind: features.NotFound, Message: "You belong to no account."}
	}
	return chosen, err
}

// myUpgrades tells what the caller's account may ask for and what has become of what it asked for (docs/portal.md,
// "Offer upgrades").
func (s *Server) myUpgrades(c echo.Context) error {
	chosen, err := s.portalMember(c)
	if err != nil {
		return err
	}
	view, err := s.upgradesView(c, chosen)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	return c.JSON(http.StatusOK, view)
}

func (s *Server) upgradesView(c echo.Context, chosen member) (view upgradesView, err error) {
	list, err := s.db.UpgradesOf(c.Request().Context(), chosen.account.ID, upgradesShown)
	if err != nil {
		return view, err
	}
	catalogue, now := s.live.Catalogue(), time.Now()
	view = upgradesView{Available: []offerView{}, Requests: []upgradeView{}}
	pending := make(map[int64]bool)
	for _, r := range list {
		pending[r.FeatureID] = pending[r.FeatureID] || r.Status == features.UpgradePending
		view.Requests = append(view.Requests, upgradeViewOf(catalogue, r))
	}
	who := contextOf(callerOf(c).User, chosen)
	for _, f := range catalogue.Upgrades(chosen.account, now) {
		if value := catalogue.Evaluate(f, who, now).Value; !pending[f.ID] {
			view.Available = append(view.Available, offerView{f.Key, f.Name, value.Enabled, value.Data})
		}
	}
	return view, nil
}

// askUpgrade files a request for the caller's account. It changes nothing that the account has.
func (s *Server) askUpgrade(c echo.Context) error {
	chosen, err := s.portalMember(c)
	if err != nil {
		return err
	}
	var body struct {
		Feature string `json:"feature"`
		Message string `json:"message"`
	}
	if err := bindForm(c, &body); err != nil {
		return err
	}
	r, err := s.db.AskUpgrade(c.Request().Context(), actor(c), db.UpgradeAsk{
		Account: chosen.account.ID, Feature: body.Feature, Message: strings.TrimSpace(body.Message),
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, upgradeViewOf(s.live.Catalogue(), r))
}

// withdrawMyUpgrade takes a request of the caller's account back.
func (s *Server) withdrawMyUpgrade(c echo.Context) error {
	chosen, err := s.portalMember(c)
	if err != nil {
		return err
	}
	_, err = s.db.WithdrawUpgrade(c.Request().Context(), actor(c), db.UpgradeWithdrawal{
		Request: pathNumber(c, "id"), Account: chosen.account.ID,
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
