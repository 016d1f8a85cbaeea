package console

import (
	"testing"

	"flagstone/features"
)

func TestSentence(t *testing.T) {
	t.Parallel()
	quarter := features.Rollout{Strategy: features.ToPercentage, Percentage: 2500, By: features.ByAccount}
	named := features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{
		AccountIDs: []string{"a", "b", "c"}, PostalCodes: []string{"M5V"},
	}}
	role := features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"workshop_admin"}}}
	for _, test := range []struct {
		rollout features.Rollout
		on      bool // by default
		count   features.Count
		tiers   string
		mode    features.Mode
		change  func(*features.Feature)
		want    string
	}{
		{count: features.Count{Off: 5}, change: func(f *features.Feature) { f.Active = false }, want: "Retired: off everywhere"},
		{count: features.Count{Off: 5}, change: func(f *features.Feature) { f.Enabled = false }, want: "Killed: off everywhere"},
		{want: "Off by default; there are no accounts yet"},
		{on: true, want: "On by default; there are no accounts yet"},
		{count: features.Count{Off: 10_000}, want: "Off for everyone"},
		{count: features.Count{On: 312, Off: 9688}, want: "Off for everyone but 312 of 10,000 accounts"},
		{on: true, count: features.Count{On: 312, Off: 9688}, want: "On for 312 of 10,000 accounts"},
		{on: true, count: features.Count{On: 10_000}, want: "On for everyone"},
		{on: true, count: features.Count{On: 2, Some: 4, Off: 4}, want: "On for 2 of 10 accounts, and for some of the users of 4 accounts"},
		{on: true, count: features.Count{Some: 4}, want: "On for some of the users of 4 accounts"},
		{rollout: quarter, on: true, count: features.Count{On: 2497, Off: 7503}, want: "On for 25% of accounts: 2,497 of 10,000"},
		{rollout: quarter, count: features.Count{On: 12, Off: 9988}, want: "Released to 25% of accounts, off by default: on for 12 of 10,000"},
		{rollout: quarter, on: true, count: features.Count{On: 9, Off: 1}, mode: features.ModeOpen, want: "On for 9 of 10 accounts"},
		{rollout: quarter, on: true, count: features.Count{On: 2, Some: 1, Off: 5}, want: "On for 25% of accounts: 2 of 8, and for some of the users of 1 account"},
		{rollout: quarter, on: true, count: features.Count{Off: 1}, want: "Off for everyone"},
		{rollout: quarter, count: features.Count{Off: 10}, want: "Nobody has it: released to 25% of accounts, but off by default"},
		{rollout: quarter, tiers: "Pro and up", count: features.Count{On: 3, Off: 7}, want: "On for Pro and up, within 25% of accounts: 3 of 10"},
		{tiers: "Pro and up", count: features.Count{On: 3, Off: 7}, want: "On for Pro and up: 3 of 10 accounts"},
		{rollout: named, on: true, count: features.Count{On: 5, Off: 5}, want: "On for 3 named accounts and M5V: 5 of 10"},
		{rollout: role, on: true, count: features.Count{Some: 9, Off: 1}, want: "On for the role workshop_admin: some of the users of 9 accounts"},
		{rollout: role, on: true, count: features.Count{Some: 9, Off: 1}, mode: features.ModeOpen, want: "On for the role workshop_admin: some of the users of 9 accounts"},
		{rollout: role, count: features.Count{Some: 1, Off: 9}, want: "Released to the role workshop_admin, off by default: on for some of the users of 1 account"},
	} {
		f := &features.Feature{Active: true, Enabled: true, Default: features.Value{Enabled: test.on}, Rollout: test.rollout.Normalize()}
		if test.change != nil {
			test.change(f)
		}
		if got := sentence(f, features.Counted{Count: test.count}, test.mode, test.tiers); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
