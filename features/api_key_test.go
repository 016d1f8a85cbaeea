package features_test

import (
	"strings"
	"testing"
	"time"

	"flagstone/features"
)

func TestScopesCoverThoseBefore(t *testing.T) {
	t.Parallel()
	for i, scope := range features.Scopes {
		for j, other := range features.Scopes {
			if got := scope.Covers(other); got != (i >= j) {
				t.Errorf("%s covers %s: %v", scope, other, got)
			}
		}
		if scope.Covers("") || features.Scope("").Covers(scope) || features.Scope("root").Covers(scope) {
			t.Errorf("%s and no scope cover each other", scope)
		}
	}
}

func TestKeyState(t *testing.T) {
	t.Parallel()
	l := features.NewLive()
	l.Apply(features.Batch{Position: 1, Users: []*features.User{
		{ID: 1, StaffRole: features.Admin}, {ID: 2, StaffRole: features.Admin, Disabled: true}, {ID: 3, StaffRole: features.Editor},
	}})
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		key  features.APIKey
		want features.KeyState
	}{
		"for ever":            {features.APIKey{}, features.KeyActive},
		"until later":         {features.APIKey{ExpiresAt: at.Add(1)}, features.KeyActive},
		"until now":           {features.APIKey{ExpiresAt: at}, features.KeyExpired},
		"revoked":             {features.APIKey{RevokedAt: at.Add(-time.Hour)}, features.KeyRevoked},
		"revoked and expired": {features.APIKey{RevokedAt: at, ExpiresAt: at.Add(-1)}, features.KeyRevoked},
		"an admin's":          {features.APIKey{CreatorID: 1}, features.KeyActive},
		"a disabled admin's":  {features.APIKey{CreatorID: 2}, features.KeyIdle},
		"an editor's":         {features.APIKey{CreatorID: 3}, features.KeyIdle},
		"of someone gone":     {features.APIKey{CreatorID: 4}, features.KeyIdle},
		"revoked and idle":    {features.APIKey{CreatorID: 2, RevokedAt: at}, features.KeyRevoked},
	} {
		if got := l.People().KeyState(&c.key, at); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestKeyDraft(t *testing.T) {
	t.Parallel()
	at := now()
	for name, c := range map[string]struct {
		draft features.KeyDraft
		wrong string
	}{
		"right":         {features.KeyDraft{Name: " CI ", Scope: features.ScopeRead}, ""},
		"with an end":   {features.KeyDraft{Name: "CI", Scope: features.ScopeAdmin, ExpiresAt: at.Add(1)}, ""},
		"all wrong":     {features.KeyDraft{Name: " ", Scope: "root", ExpiresAt: at}, "name scope expires_at"},
		"long":          {features.KeyDraft{Name: strings.Repeat("x", 201), Scope: features.ScopeEvaluate}, "name"},
		"several lines": {features.KeyDraft{Name: "a\nb", Scope: features.ScopeEvaluate}, "name"},
	} {
		wantProblems(t, name, c.draft.Normalize().Validate(at), strings.Fields(c.wrong)...)
	}
}

func TestParseExpiry(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"": {}, "1d": at.Add(24 * time.Hour), "90d": at.AddDate(0, 0, 90), "2027-01-31": time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := features.ParseExpiry(text, at); err != nil || !got.Equal(want) {
			t.Errorf("%q is %v, %v: want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"0d", "-1d", "d", "90", "99999d", "2027-02-30", "soon", "2027"} {
		_, err := features.ParseExpiry(text, at)
		wantProblems(t, text, err, "expires_at")
		if err != nil && !strings.Contains(err.Error(), `"`+text+`"`) {
			t.Errorf("the refusal of %q is %v", text, err)
		}
	}
}
