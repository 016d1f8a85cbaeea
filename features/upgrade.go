package features

import (
	"fmt"
	"time"
)

// UpgradeStatus is what has become of an upgrade request.
type UpgradeStatus string

// The states of an upgrade request. Only a pending one can still change.
const (
	UpgradePending   UpgradeStatus = "pending"
	UpgradeApproved  UpgradeStatus = "approved"
	UpgradeRejected  UpgradeStatus = "rejected"
	UpgradeWithdrawn UpgradeStatus = "withdrawn"
)

// UpgradeStatuses gives every status.
func UpgradeStatuses() []UpgradeStatus {
	return []UpgradeStatus{UpgradePending, UpgradeApproved, UpgradeRejected, UpgradeWithdrawn}
}

// UpgradeRequest is an account asking for more of a feature than it has.
type UpgradeRequest struct {
	ID          int64
	AccountID   int64
	FeatureID   int64
	AskedBy     int64  // the user; 0 for one who is gone
	AskedByName string // as it was then
	Message     string
	Status      UpgradeStatus
	DecidedBy   string // "" while it is pending
	AskedAt     time.Time
	DecidedAt   time.Time // zero while it is pending
	Note        string    // of whoever decided
	Revision    int64     // of its latest change
}

// maxUpgradeMessage is how much an account may write with a request, in characters.
const maxUpgradeMessage = 500

// CheckUpgradeMessage refuses what an account may not write with a request, at the field "message".
func CheckUpgradeMessage(message string) error {
	var problems Problems
	problems.checkText("message", message, maxUpgradeMessage)
	return problems.Err()
}

// CheckUpgradeNote refuses a rejection without a note, or a note that is too long: the account is told.
func CheckUpgradeNote(note string) error {
	var problems Problems
	if Tidy(note) == "" {
		problems.add("note", "Enter a reason. The account sees it.")
	}
	problems.checkText("note", note, maxReason)
	return problems.Err()
}

// CheckUpgrade refuses, with Conflict, what an account may not ask for: what its tier does not offer, and what an approval
// could not give it more of.
func (c *Catalogue) CheckUpgrade(f *Feature, a *Account, at time.Time) error {
	tierFeature, _ := c.TierFeature(a.TierID, f)
	switch {
	case a.Status != Active:
		return conflict("This account is suspended.")
	case !tierFeature.AllowUpgrade:
		return conflict("The tier of this account does not allow upgrade requests for " + f.Name + ".")
	case !f.Active || !f.Enabled:
		return conflict(f.Name + " is not available at the moment.")
	case f.Type.IsBoolean() && c.State(f, a, at) != Off:
		return conflict("This account has " + f.Name + " already.")
	}
	return nil
}

// Upgrades gives the features that an account may ask for, in display order.
func (c *Catalogue) Upgrades(a *Account, at time.Time) (offered []*Feature) {
	for _, f := range c.features {
		if c.CheckUpgrade(f, a, at) == nil {
			offered = append(offered, f)
		}
	}
	return offered
}

// CheckPending refuses, with Conflict and what has become of it, a request that has been decided already.
func (r UpgradeRequest) CheckPending() error {
	if r.Status == UpgradePending {
		return nil
	}
	return conflict(fmt.Sprintf("%s has already %s this request.", r.DecidedBy, r.Status))
}

func conflict(message string) error { return &Error{Kind: Conflict, Message: message} }
