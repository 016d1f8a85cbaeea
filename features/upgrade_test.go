package features_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"flagstone/features"
)

// offering gives a catalogue whose only tier, of number 1, lists features with upgrade requests allowed.
func offering(list ...*features.Feature) *features.Catalogue {
	registry := features.Registry{
		Features: list, Tiers: []features.Tier{{ID: 1, Key: "free", Name: "Free"}}, Settings: features.Settings{Mode: features.ModeLive},
	}
	for _, f := range list {
		registry.TierFeatures = append(registry.TierFeatures, features.TierFeature{
			TierID: 1, FeatureID: f.ID, Value: f.Default, AllowOverride: true, AllowUpgrade: true,
		})
	}
	return features.NewCatalogue(registry)
}

// customer gives an active account of that tier.
func customer(overrides ...features.Override) *features.Account {
	return account(1, "Northwind", overrides...).InTier(1)
}

func TestWhatAnAccountMayAskFor(t *testing.T) {
	t.Parallel()
	flows := feature(2, "flows")
	flows.Type, flows.Default = features.IntegerType, features.Value{Enabled: true, Data: "10"}
	suspended := *customer()
	suspended.Status = features.Suspended
	for name, c := range map[string]struct {
		feature *features.Feature
		change  func(*features.Feature)
		account *features.Account
		refusal string
	}{
		"off":               {feature: feature(1, "webhooks"), account: customer()},
		"off by override":   {feature: feature(1, "webhooks"), account: customer(set(1, off))},
		"a higher limit":    {feature: flows, account: customer()},
		"on":                {feature: feature(1, "webhooks"), account: customer(set(1, on)), refusal: "This account has Feature webhooks already."},
		"another plan":      {feature: feature(1, "webhooks"), account: account(2, "Other"), refusal: "The tier of this account does not allow upgrade requests for Feature webhooks."},
		"suspended":         {feature: feature(1, "webhooks"), account: &suspended, refusal: "This account is suspended."},
		"stopped":           {feature: feature(1, "webhooks"), change: func(f *features.Feature) { f.Enabled = false }, account: customer(), refusal: "Feature webhooks is not available at the moment."},
		"retired":           {feature: flows, change: func(f *features.Feature) { f.Active = false }, account: customer(), refusal: "Feature flows is not available at the moment."},
		"on for its people": {feature: feature(1, "webhooks"), change: func(f *features.Feature) { f.Default.Enabled = true }, account: customer(), refusal: "This account has Feature webhooks already."},
	} {
		f := c.feature
		if c.change != nil {
			f = f.With(c.change)
		}
		offers := offering(f)
		err := offers.CheckUpgrade(f, c.account, now())
		var refused *features.Error
		if errors.As(err, &refused); c.refusal == "" && err != nil || c.refusal != "" && (refused == nil || refused.Kind != features.Conflict || refused.Message != c.refusal) {
			t.Errorf("%s: refused with %v, want %q", name, err, c.refusal)
		}
		if got := slices.Contains(offers.Upgrades(c.account, now()), f); got != (c.refusal == "") {
			t.Errorf("%s: offered: %v", name, got)
		}
	}
}

func TestUpgradeTexts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		field string
	}{
		"no message":      {err: features.CheckUpgradeMessage("")},
		"message":         {err: features.CheckUpgradeMessage(strings.Repeat("é", 500))},
		"long message":    {err: features.CheckUpgradeMessage(strings.Repeat("é", 501)), field: "message"},
		"odd message":     {err: features.CheckUpgradeMessage("a\x00b"), field: "message"},
		"note":            {err: features.CheckUpgradeNote("Not on this plan.")},
		"no note":         {err: features.CheckUpgradeNote(" "), field: "note"},
		"too long a note": {err: features.CheckUpgradeNote(strings.Repeat("x", 501)), field: "note"},
	} {
		var problems features.Problems
		if errors.As(c.err, &problems); c.field == "" && c.err != nil || c.field != "" && (len(problems) != 1 || problems[0].Field != c.field) {
			t.Errorf("%s: %v, want a problem of %q", name, c.err, c.field)
		}
	}
}

func TestOnlyAPendingRequestCanBeDecided(t *testing.T) {
	t.Parallel()
	for _, status := range features.UpgradeStatuses() {
		err := features.UpgradeRequest{Status: status, DecidedBy: "Dana"}.CheckPending()
		if pending := status == features.UpgradePending; pending != (err == nil) || !pending && err.Error() != "Dana has already "+string(status)+" this request." {
			t.Errorf("%s: %v", status, err)
		}
	}
}
