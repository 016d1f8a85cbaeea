package web

import (
	"net/url"
	"slices"
	"strings"

	"flagstone/features"
)

// Matches reports whether every word of a search is in a feature's name, key or help.
func Matches(f *features.Feature, search string) bool {
	return MatchesWords(search, f.Name, f.Key, f.Description)
}

// The list of accounts: its path, and how it is narrowed and shown.
const (
	AccountsPath  = "/admin/accounts"
	StatePrefix   = "f." // f.knowledge_base=on narrows to the accounts that have it
	DefaultSize   = 25
	UsualColumns  = 3
	maxListSearch = 200
)

// ParseAccountFilter reads what narrows the list: q, f.<feature key>, tier and status.
func ParseAccountFilter(values url.Values) features.AccountFilter {
	filter := features.AccountFilter{
		Search: clip(strings.TrimSpace(values.Get("q")), maxListSearch),
		Tiers:  Chosen(values["tier"]),
		Status: features.Status(values.Get("status")),
	}
	for name := range values {
		if key, ok := strings.CutPrefix(name, StatePrefix); ok && values.Get(name) != "" {
			filter.Features = append(filter.Features, features.FeatureFilter{Key: key, State: features.FeatureState(values.Get(name))})
		}
	}
	slices.SortFunc(filter.Features, func(a, b features.FeatureFilter) int { return strings.Compare(a.Key, b.Key) })
	return filter
}

// Chosen gives the values of a field that may be repeated, each once and without the empty ones.
func Chosen(values []string) (kept []string) {
	for _, value := range values {
		if value != "" && !slices.Contains(kept, value) {
			kept = append(kept, value)
		}
	}
	return kept
}
