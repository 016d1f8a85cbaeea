package views

import "testing"

func TestWhatGoesWithAnAccount(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]AccountDeletionFields{
		"It has no overrides and no upgrade requests.":                                                   {},
		"Its 1 override goes with it.":                                                                   {Overrides: 1},
		"Its 2 overrides go with it. Its 1 user loses its portal, and stays a user.":                     {Overrides: 2, Users: 1},
		"Its 1 override and 2 upgrade requests go with it. Its 2 users lose its portal, and stay users.": {Overrides: 1, Requests: 2, Users: 2},
	} {
		if got := m.parts(); got != want {
			t.Errorf("%+v says %q, want %q", m, got, want)
		}
	}
}
