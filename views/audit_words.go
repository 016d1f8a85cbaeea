package views

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"flagstone/words"
)

// actionWords says what a change set did, for the filter of the audit log and for screen readers.
var actionWords = map[string]string{
	"account.activate":     "Account reactivated",
	"account.create":       "Account created",
	"account.delete":       "Account deleted",
	"account.import":       "Accounts imported",
	"account.suspend":      "Account suspended",
	"account.tier":         "Account moved to a tier",
	"account.update":       "Account edited",
	"bulk.clear":           "Bulk: overrides cleared",
	"bulk.disable":         "Bulk: feature switched off",
	"bulk.disable-all":     "Bulk: all features off",
	"bulk.enable":          "Bulk: feature switched on",
	"bulk.set-tier":        "Bulk: tier set",
	"component.activate":   "Component activated",
	"component.create":     "Component created",
	"component.deactivate": "Component deactivated",
	"component.delete":     "Component deleted",
	"component.update":     "Component edited",
	"feature.create":       "Feature created",
	"feature.delete":       "Feature deleted",
	"feature.kill":         "Kill switch: off everywhere",
	"feature.restore":      "Feature reactivated",
	"feature.retire":       "Feature retired",
	"feature.revive":       "Kill switch: on again",
	"feature.rollout":      "Release changed",
	"feature.update":       "Feature edited",
	"key.create":           "API key created",
	"key.revoke":           "API key revoked",
	"membership.create":    "Membership added",
	"membership.delete":    "Membership removed",
	"membership.update":    "Membership changed",
	"mode.set":             "Mode set",
	"model.activate":       "Model activated",
	"model.create":         "Model created",
	"model.deactivate":     "Model deactivated",
	"model.delete":         "Model deleted",
	"model.update":         "Model edited",
	"override.clear":       "Override reset",
	"override.expire":      "Override expired",
	"override.set":         "Override set",
	"registry.import":      "Registry imported",
	"session.revoke":       "Session ended",
	"settings.update":      "Settings changed",
	"tier.create":          "Tier created",
	"tier.delete":          "Tier deleted",
	"tier.feature":         "Tier: feature set",
	"tier.feature.clear":   "Tier: feature taken out",
	"tier.update":          "Tier edited",
	"undo":                 "Undo",
	"upgrade.approve":      "Upgrade request approved",
	"upgrade.ask":          "Upgrade requested",
	"upgrade.reject":       "Upgrade request rejected",
	"upgrade.withdraw":     "Upgrade request withdrawn",
	"user.create":          "User created",
	"user.disable":         "User disabled",
	"user.enable":          "User enabled",
	"user.invite":          "Invitation link created",
	"user.password":        "Password changed",
	"user.reset":           "Password reset link created",
	"user.update":          "User edited",
}

// ActionWords says in words what an action of the audit log is; one without words of its own is taken apart.
func ActionWords(action string) string {
	if text, ok := actionWords[action]; ok {
		return text
	}
	text := strings.TrimSpace(strings.NewReplacer(".", ": ", "_", " ", "-", " ").Replace(action))
	if text == "" {
		return "Change"
	}
	return words.Capital(text)
}

// fieldWords names the fields that the audit log records. Those of one entity alone stand with it in front.
var fieldWords = map[string]string{
	"allow_override":        "Overrides",
	"allow_upgrade":         "Upgrade requests",
	"asked_at":              "Requested at",
	"asked_by_name":         "Requested by",
	"component.active":      "In use",
	"component.description": "Description",
	"contact_email":         "Contact e-mail",
	"decided_at":            "Decided at",
	"decided_by":            "Decided by",
	"default_enabled":       "Default",
	"description":           "Help text",
	"display_order":         "Display order",
	"docs_url":              "Documentation URL",
	"email":                 "E-mail",
	"enabled":               "State",
	"expires_at":            "Expires",
	"external_id":           "External ID",
	"feature":               "Requires",
	"feature.active":        "In use",
	"feature.enabled":       "Kill switch",
	"help_url":              "Help URL",
	"hint":                  "Ends in",
	"key":                   "Key",
	"model.active":          "In use",
	"model_id":              "Model ID",
	"percentage":            "Share",
	"position":              "Place",
	"required_features":     "Also requires",
	"requires_setup":        "Requires set-up",
	"revoked_at":            "Revoked",
	"rollout_by":            "Counted by",
	"set_at":                "Set at",
	"set_by":                "Set by",
	"staff_role":            "Staff role",
	"strategy":              "Released to",
	"target":                "Named in the release",
	"tier.description":      "Description",
	"user.disabled":         "Disabled",
	"user.external_id":      "External ID",

	// Of the values of features, their links, and what tiers give.
	"conflicts_with":      "Conflicts with",
	"constraints":         "Limits of its values",
	"default_value":       "Default value",
	"depends_on":          "Needs",
	"deprecation_message": "What to do instead",
	"enum":                "One of",
	"max":                 "Largest",
	"min":                 "Smallest",
	"schema":              "JSON Schema",
}

// FieldWords names a field of an entity as people read it: "expires_at" is "Expires".
func FieldWords(entity, field string) string {
	for _, key := range [...]string{entity + "." + field, field} {
		if words, ok := fieldWords[key]; ok {
			return words
		}
	}
	return words.Capital(strings.ReplaceAll(field, "_", " "))
}

// FieldValue writes a recorded value for people: on and off, yes and no, moments in UTC, "" for none.
func FieldValue(field string, value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if field == "enabled" || field == "default_enabled" {
			return onOff(v)
		}
		return yesNo(v)
	case json.Number:
		return numberValue(field, v)
	}
	return fmt.Sprint(value)
}

// numberValue writes a number for people: moments are recorded in milliseconds, a share in hundredths of a percent.
func numberValue(field string, v json.Number) string {
	n, err := v.Int64()
	switch {
	case err == nil && isMoment(field):
		return Moment(time.UnixMilli(n))
	case err == nil && field == "percentage":
		return strconv.FormatFloat(float64(n)/100, 'f', -1, 64) + "%"
	}
	return v.String()
}

// isMoment tells the fields that hold a moment, in Unix milliseconds.
func isMoment(field string) bool { return strings.HasSuffix(field, "_at") }

// Moment writes a moment in full, in UTC: "3 Dec 2026 09:14 UTC".
func Moment(at time.Time) string { return at.UTC().Format("2 Jan 2006 15:04 UTC") }

func yesNo(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}
