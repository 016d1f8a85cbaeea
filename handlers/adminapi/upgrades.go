package adminapi

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/evaluation"
	"flagstone/handlers/web"
)

// upgradeDetail is an upgrade request as the admin API shows it.
type upgradeDetail struct {
	evaluation.UpgradeView
	Account   string  `json:"account"`
	DecidedBy *string `json:"decided_by"`
	resource
}

func (s *Surface) upgradeDetail(r features.UpgradeRequest) upgradeDetail {
	view := upgradeDetail{
		UpgradeView: evaluation.UpgradeViewOf(s.Live.Catalogue(), r), DecidedBy: web.Optional(r.DecidedBy), resource: resource{Revision: r.Revision},
	}
	if a := s.Live.Accounts().ByID(r.AccountID); a != nil {
		view.Account = a.Slug
	}
	return view
}

func seenUpgrade(r features.UpgradeRequest) db.IfMatch {
	return db.IfMatch{Entity: "upgrade_request", ID: r.ID, Feature: r.FeatureID}
}

// ListUpgrades lists upgrade requests, the oldest first.
func (s *Surface) ListUpgrades(c echo.Context) error {
	q, err := readList(c, "q", "status", "feature", "tier")
	if err != nil {
		return err
	}
	filter := db.UpgradeFilter{Status: features.UpgradeStatus(c.QueryParam("status")), Search: strings.TrimSpace(c.QueryParam("q"))}
	if filter.Status != "" && !slices.Contains(features.UpgradeStatuses(), filter.Status) {
		return web.Refusal("status", "Choose pending, approved, rejected or withdrawn.")
	}
	if key := c.QueryParam("feature"); key != "" {
		f, err := s.Live.Catalogue().Feature(key)
		if err != nil {
			return err
		}
		filter.Feature = f.ID
	}
	if key := c.QueryParam("tier"); key != "" {
		tier, err := s.Live.Catalogue().TierByKey(key)
		if err != nil {
			return err
		}
		filter.Tier = tier.ID
	}
	requests, err := s.DB.UpgradesAfter(c.Request().Context(), filter, q.after.ID, q.limit+1)
	if err != nil {
		return err
	}
	found, next := limited(q, requests, func(r features.UpgradeRequest) cursor { return cursor{ID: r.ID} })
	return answerList(c, found, next, -1, s.upgradeDetail)
}

// ShowUpgrade answers with the upgrade request that the path names.
func (s *Surface) ShowUpgrade(c echo.Context) error { return s.answerUpgrade(c)(0) }

// answerUpgrade answers with a request as it is by then.
func (s *Surface) answerUpgrade(c echo.Context) func(revision int64) error {
	return func(revision int64) error {
		return s.answerResource(c, http.StatusOK, revision, func() (view versioned, of db.IfMatch, err error) {
			r, err := s.UpgradeOf(c)
			if err != nil {
				return nil, of, err
			}
			detail := s.upgradeDetail(r)
			return &detail, seenUpgrade(r), nil
		})
	}
}

// ApproveUpgrade gives an account what it asked for. A request that has been decided is refused, so the call needs no
// version.
func (s *Surface) ApproveUpgrade(c echo.Context) error {
	var form struct {
		Value            features.JSON `json:"value"`
		WithDependencies bool          `json:"needs"`
		Note             string        `json:"note"`
		ExpiresAt        *time.Time    `json:"expires_at"`
	}
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	r, err := s.UpgradeOf(c)
	if err != nil {
		return err
	}
	cell := db.IfMatch{Entity: "override", ID: r.AccountID, Feature: r.FeatureID}
	if cell.Version, err = s.DB.VersionOf(c.Request().Context(), cell); err != nil {
		return err
	}
	approval := db.UpgradeApproval{Request: r.ID, Data: form.Value, WithDependencies: form.WithDependencies, Note: form.Note, Version: cell.Version}
	if form.ExpiresAt != nil {
		approval.ExpiresAt = features.Moment(*form.ExpiresAt)
	}
	return s.decide(c, &approval)
}

func (s *Surface) decide(c echo.Context, change db.Change) error {
	return s.change(c, adminWrite{change: change, answer: s.answerUpgrade(c)})
}

// noteOf reads the note of a decision.
func noteOf(c echo.Context) (string, error) {
	var form struct {
		Note string `json:"note"`
	}
	err := web.BindForm(c, &form)
	return form.Note, err
}

// RejectUpgrade ends an open upgrade request without the feature, for the reason in the note.
func (s *Surface) RejectUpgrade(c echo.Context) error {
	note, err := noteOf(c)
	if err != nil {
		return err
	}
	r, err := s.UpgradeOf(c)
	if err != nil {
		return err
	}
	return s.decide(c, &db.RejectUpgrade{Request: r.ID, Note: note})
}

// WithdrawUpgrade ends an open upgrade request in the name of the account.
func (s *Surface) WithdrawUpgrade(c echo.Context) error {
	note, err := noteOf(c)
	if err != nil {
		return err
	}
	r, err := s.UpgradeOf(c)
	if err != nil {
		return err
	}
	return s.decide(c, &db.UpgradeWithdrawal{Request: r.ID, Note: note})
}
