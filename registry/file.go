package registry

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"flagstone/features"
)

// File is the registry as a file has it (docs/registry-file.md): all that is to be, for what the file names.
type File struct {
	Features []FileFeature
	Tiers    []FileTier
	FileEntries
	Accounts    []FileAccount
	Overrides   []FileOverride
	HasFeatures bool // the file has a list of features, if only an empty one
	HasTiers    bool // the file has a list of tiers
}

// Place is where something stands in a file: line and column, from 1; the column by its name where it has one.
type Place struct {
	Line, Column int
	Name         string
}

func (p Place) String() string {
	switch {
	case p.Name != "":
		return fmt.Sprintf("line %d, %s", p.Line, p.Name)
	case p.Column == 0:
		return fmt.Sprintf("line %d", p.Line)
	}
	return fmt.Sprintf("line %d, column %d", p.Line, p.Column)
}

// FileFeature is a feature in a file.
type FileFeature struct {
	Draft   features.FeatureDraft
	Ordered bool // the file gives its display order; else it keeps its place, or comes behind the others
	Enabled bool // the kill switch
	Active  bool
	At      Place
}

// FileTier is a tier in a file.
type FileTier struct {
	Tier        features.Tier
	Ordered     bool // the file gives its order
	Features    []FileTierFeature
	HasFeatures bool // the file says what it lists, if only nothing
	At          Place
}

// FileTierFeature is what a tier in a file lists of a feature.
type FileTierFeature struct {
	Feature string
	features.TierFeature
	At Place
}

// FileAccount is an account in a file. Without a targeting key it is found by its external id or slug.
type FileAccount struct {
	TargetingKey string
	Draft        features.AccountDraft
	Status       features.Status
	At           Place
}

// FileOverride is an override in a file.
type FileOverride struct {
	Account   string // its targeting key
	Feature   string
	Value     features.Value
	Variant   string // that it forces; "" for none
	Reason    string
	ExpiresAt time.Time // zero for never
	At        Place
}

// Cell names one account and one feature by their numbers.
type Cell struct{ Account, Feature int64 }

// FileOf gives the registry as a file has it; with the reasons of all overrides, accounts and overrides too, those
// that have expired left out.
func FileOf(l *features.Live, reasons map[Cell]string, at time.Time) File {
	catalogue := l.Catalogue()
	file := File{HasFeatures: true, HasTiers: true}
	for _, f := range catalogue.Features() {
		file.Features = append(file.Features, FileFeature{Draft: f.Draft(), Ordered: true, Enabled: f.Enabled, Active: f.Active})
	}
	for _, t := range catalogue.Tiers() {
		tierFeatures := FileTier{Tier: t, Ordered: true, HasFeatures: true}
		for _, f := range catalogue.Features() {
			if x, there := catalogue.TierFeature(t.ID, f); there {
				tierFeatures.Features = append(tierFeatures.Features, FileTierFeature{Feature: f.Key, TierFeature: x})
			}
		}
		file.Tiers = append(file.Tiers, tierFeatures)
	}
	file.FileEntries = fileEntries(catalogue)
	if reasons == nil {
		return file
	}
	for _, a := range slices.SortedFunc(l.Accounts().All(), byTargetingKey) {
		tier, _ := catalogue.Tier(a.TierID)
		file.Accounts = append(file.Accounts, FileAccount{TargetingKey: a.TargetingKey, Draft: a.Draft(tier), Status: a.Status})
		for _, f := range catalogue.Features() {
			if o, live := a.Override(f.ID, at.UnixMilli()); live {
				file.Overrides = append(file.Overrides, FileOverride{
					Account: a.TargetingKey, Feature: f.Key, Value: o.Value, Variant: o.Variant,
					Reason: reasons[Cell{a.ID, f.ID}], ExpiresAt: expiresAt(o),
				})
			}
		}
	}
	return file
}

func expiresAt(o features.Override) (at time.Time) {
	if o.ExpiresAt != 0 {
		at = time.UnixMilli(o.ExpiresAt).UTC()
	}
	return at
}

func byTargetingKey(a, b *features.Account) int { return cmp.Compare(a.TargetingKey, b.TargetingKey) }
