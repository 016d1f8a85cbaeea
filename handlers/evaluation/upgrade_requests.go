package evaluation

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// upgradesShown is how many of its requests an account is told.
const upgradesShown = 100

// UpgradeView is a request as a portal sees it.
type UpgradeView struct {
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
	Requests  []UpgradeView `json:"requests"`
}

// UpgradeViewOf returns an upgrade request as a portal sees it.
func UpgradeViewOf(catalogue *features.Catalogue, r features.UpgradeRequest) UpgradeView {
	view := UpgradeView{
		ID: r.ID, Message: r.Message, Status: r.Status, Note: r.Note, AskedBy: r.AskedByName, AskedAt: r.AskedAt.UTC(),
		DecidedAt: web.Moment(r.DecidedAt),
	}
	if f := catalogue.FeatureByID(r.FeatureID); f != nil {
		view.Feature, view.Name = f.Key, f.Name
	}
	return view
}

// portalMember gives the account that a portal's request is about. It refuses a user without one.
func (s *Surface) portalMember(c echo.Context) (web.Member, error) {
	chosen, err := s.Choose(web.CallerOf(c).User, c.QueryParam("account"))
	if err == nil && chosen.Account == nil {
		err = &features.Error{Kind: features.NotFound, Message: "You belong to no account."}
	}
	return chosen, err
}

// MyUpgrades tells what the caller's account may ask for and what has become of what it asked for (docs/portal.md,
// "Offer upgrades").
func (s *Surface) MyUpgrades(c echo.Context) error {
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

func (s *Surface) upgradesView(c echo.Context, chosen web.Member) (view upgradesView, err error) {
	list, err := s.DB.UpgradesOf(c.Request().Context(), chosen.Account.ID, upgradesShown)
	if err != nil {
		return view, err
	}
	catalogue, now := s.Live.Catalogue(), time.Now()
	view = upgradesView{Available: []offerView{}, Requests: []UpgradeView{}}
	pending := make(map[int64]bool)
	for _, r := range list {
		pending[r.FeatureID] = pending[r.FeatureID] || r.Status == features.UpgradePending
		view.Requests = append(view.Requests, UpgradeViewOf(catalogue, r))
	}
	who := web.ContextOf(web.CallerOf(c).User, chosen)
	for _, f := range catalogue.Upgrades(chosen.Account, now) {
		if value := catalogue.Evaluate(f, who, now).Value; !pending[f.ID] {
			view.Available = append(view.Available, offerView{f.Key, f.Name, value.Enabled, value.Data})
		}
	}
	return view, nil
}

// RequestUpgrade files a request for the caller's account. It changes nothing that the account has.
func (s *Surface) RequestUpgrade(c echo.Context) error {
	chosen, err := s.portalMember(c)
	if err != nil {
		return err
	}
	var body struct {
		Feature string `json:"feature"`
		Message string `json:"message"`
	}
	if err := web.BindForm(c, &body); err != nil {
		return err
	}
	r, err := s.DB.AskUpgrade(c.Request().Context(), web.Actor(c), db.UpgradeAsk{
		Account: chosen.Account.ID, Feature: body.Feature, Message: strings.TrimSpace(body.Message),
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, UpgradeViewOf(s.Live.Catalogue(), r))
}

// WithdrawMyUpgrade takes a request of the caller's account back.
func (s *Surface) WithdrawMyUpgrade(c echo.Context) error {
	chosen, err := s.portalMember(c)
	if err != nil {
		return err
	}
	_, err = s.DB.WithdrawUpgrade(c.Request().Context(), web.Actor(c), db.UpgradeWithdrawal{
		Request: web.PathNumber(c, "id"), Account: chosen.Account.ID,
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
