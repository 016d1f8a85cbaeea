package features

import (
	"strings"
	"time"

	"flagstone/words"
)

func sawUse(q question) string {
	switch {
	case !q.feature.Active:
		return "the feature is retired"
	case q.suspended():
		return "the account is suspended"
	}
	return "feature and account are active"
}

func sawKillSwitch(q question) string { return OnOff(q.feature.Enabled) }

func sawRole(q question) string {
	if q.feature.Rollout.Strategy != ToRole {
		return "for every role"
	}
	return q.sawRole()
}

func sawMode(q question) string { return string(q.mode()) }

func sawVariants(q question) string {
	switch {
	case len(q.feature.Variants) == 0:
		return "none"
	case q.subject() == "" && q.about != onePerson:
		return shares(q.feature.Variants) + ": it depends on the user"
	case q.subject() == "":
		return "no " + string(q.feature.Rollout.By) + " in the context to choose a variant by"
	}
	text := shares(q.feature.Variants)
	if dealt := q.feature.deal(q.subject()); dealt != nil {
		text += ": assigned " + dealt.Key + ", which is " + dealt.Value.Words()
	}
	return text
}

func sawOverride(q question) string {
	if q.context.Account == nil {
		return "the account is unknown"
	}
	override, live := q.override()
	text := override.Value.Words()
	if override.Variant != "" {
		text += " with the variant " + override.Variant
	}
	if override.ExpiresAt != 0 {
		text += " until " + day(override.ExpiresAt)
	}
	switch {
	case override.FeatureID == 0:
		return "none"
	case !live:
		return "one that expired " + day(override.ExpiresAt)
	case q.mode() == ModeDefaults:
		return text + ", but the mode is defaults"
	case q.locked():
		return text + ", but it is inactive: the tier " + q.tierName() + " locks the feature"
	}
	return text
}

func (q question) tierName() string { return q.catalogue.tiersByID[q.context.Account.TierID].Name }

func sawTier(q question) string {
	tierFeature := q.tierFeature()
	switch {
	case q.context.Account == nil:
		return "the account is unknown"
	case q.context.Account.TierID == 0:
		return "the account has no tier"
	case tierFeature == nil:
		return q.tierName() + " does not list it"
	case !tierFeature.AllowOverride:
		return q.tierName() + " sets it to " + tierFeature.Value.Words() + ", locked"
	}
	return q.tierName() + " sets it to " + tierFeature.Value.Words()
}

func sawDefault(q question) string { return q.feature.Default.Words() }

func day(ms int64) string { return time.UnixMilli(ms).UTC().Format("2 Jan 2006 15:04 UTC") }

// sawRelease says what the release rule looked at.
func sawRelease(q question) string {
	r := q.feature.Rollout
	switch r.Strategy {
	case ToAll, "":
		return "released to everyone"
	case ToRole:
		return "restricted by role, see above"
	}
	if named := q.sawNamed(); named != "" {
		return named
	}
	if q.verdict() == undecided {
		return "it depends on the user: it is released to " + r.Words()
	}
	if r.Strategy == ToWhitelist {
		return "released to " + r.Words() + ": neither the account nor the user nor the postal code is listed"
	}
	return q.sawShare()
}

func (q question) sawRole() string {
	roles := strings.Join(q.feature.Rollout.Target.Roles, ", ")
	switch {
	case q.verdict() == undecided:
		return "it depends on the role: it is for " + roles
	case q.feature.releaseRule.hasRole(q.context.role()):
		return "the role " + q.context.role() + " is listed"
	case q.context.role() == "":
		return "the context has no role, and it is for " + roles
	}
	return "the role " + q.context.role() + " is not listed: it is for " + roles
}

func (q question) sawNamed() string {
	g := q.feature.releaseRule
	switch {
	case g.hasAccount(q.context.accountKey()):
		return "the account is listed"
	case g.hasUser(q.context.userKey()):
		return "the user is listed"
	case g.hasPlace(q.context.postalCode()):
		return "the postal code " + q.context.postalCode() + " is listed"
	}
	return ""
}

func (q question) sawShare() string {
	r, subject := q.feature.Rollout, q.subject()
	switch {
	case subject == "" && q.about != onePerson && r.Percentage == Everyone:
		return "released to every user"
	case subject == "":
		return "the context has no " + string(r.By) + ", and it is for " + r.Percentage.String() + " of " + string(r.By) + "s"
	}
	return "the " + string(r.By) + " is in bucket " + words.Number(Bucket(q.feature.Key, subject)) + " of 10,000, and " +
		r.Percentage.String() + " covers the buckets below " + words.Number(int(r.Percentage))
}
