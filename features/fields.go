package features

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// Field is one field of a feature, a tier, an account or an entry: its name in files and its value in text.
type Field struct{ Name, Text string }

// FieldChange is one field before and after.
type FieldChange struct{ Name, Before, After string }

// Differences returns the fields in which two states of one thing differ; was is nil for what was not there.
func Differences(was, is []Field) (differ []FieldChange) {
	for i, f := range is {
		before := ""
		if was != nil {
			before = was[i].Text
		}
		if before != f.Text {
			differ = append(differ, FieldChange{f.Name, before, f.Text})
		}
	}
	return differ
}

// Fields returns the fields of a feature, but for its key.
func (f *Feature) Fields() []Field {
	target := f.Rollout.Target
	return []Field{
		{"name", f.Name},
		{"category", f.Category},
		{"subcategory", f.Subcategory},
		{"help", f.Description},
		{"icon", f.Icon},
		{"help_url", f.HelpURL},
		{"owner", f.Owner},
		{"display_order", strconv.Itoa(f.DisplayOrder)},
		{"premium", strconv.FormatBool(f.Premium)},
		{"requires_setup", strconv.FormatBool(f.RequiresSetup)},
		{"permanent", strconv.FormatBool(f.Permanent)},
		{"active", strconv.FormatBool(f.Active)},
		{"enabled", strconv.FormatBool(f.Enabled)},
		{"type", string(cmp.Or(f.Type, BooleanType))},
		{"default", OnOff(f.Default.Enabled)},
		{"default value", string(f.Default.Data)},
		{"min", boundText(f.Constraints.Min)},
		{"max", boundText(f.Constraints.Max)},
		{"enum", enumText(f.Constraints.Enum)},
		{"schema", string(f.Constraints.Schema)},
		{"depends_on", strings.Join(f.DependsOn, ", ")},
		{"conflicts_with", strings.Join(f.ConflictsWith, ", ")},
		{"deprecated", strconv.FormatBool(f.Deprecated)},
		{"deprecation_message", f.DeprecationMessage},
		{"metadata", string(f.Metadata)},
		{"strategy", string(f.Rollout.Strategy)},
		{"percentage", f.Rollout.Percentage.Number()},
		{"rollout_by", string(f.Rollout.By)},
		{"account_ids", strings.Join(target.AccountIDs, ", ")},
		{"user_ids", strings.Join(target.UserIDs, ", ")},
		{"postal_codes", strings.Join(target.PostalCodes, ", ")},
		{"roles", strings.Join(target.Roles, ", ")},
		{"variants", variantsText(f.Variants)},
	}
}

func boundText(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// enumText returns values as JSON has them, so that no two lists read the same.
func enumText(values []JSON) string {
	texts := make([]string, len(values))
	for i, one := range values {
		texts[i] = string(one)
	}
	return strings.Join(texts, ", ")
}

// variantsText returns variants in words, with the values of those that are off too: "a on 50%, b off 5 50%".
func variantsText(variants []Variant) string {
	texts := make([]string, len(variants))
	for i, v := range variants {
		texts[i] = v.Key + " " + strings.TrimSpace(OnOff(v.Value.Enabled)+" "+string(v.Value.Data)) + " " + v.Weight.String()
	}
	return strings.Join(texts, ", ")
}

// Fields returns the fields of a tier, but for its key.
func (t Tier) Fields() []Field {
	return []Field{{"name", t.Name}, {"description", t.Description}, {"order", strconv.Itoa(t.Position)}}
}

// Fields returns the fields of what a tier gives of a feature.
func (t TierFeature) Fields() []Field {
	return []Field{
		{"enabled", strconv.FormatBool(t.Value.Enabled)},
		{"value", string(t.Value.Data)},
		{"allow_override", strconv.FormatBool(t.AllowOverride)},
		{"allow_upgrade", strconv.FormatBool(t.AllowUpgrade)},
	}
}

// Fields returns the fields of an account that is in a tier, but for its targeting key.
func (a *Account) Fields(tier Tier) []Field {
	return []Field{
		{"slug", a.Slug},
		{"name", a.Name},
		{"external_id", a.ExternalID},
		{"tier", tier.Key},
		{"status", string(a.Status)},
		{"contact_email", a.ContactEmail},
		{"postal_code", a.PostalCode},
	}
}

// Fields returns the fields of an override that was set for a reason.
func (o Override) Fields(reason string) []Field {
	expires := ""
	if o.ExpiresAt != 0 {
		expires = time.UnixMilli(o.ExpiresAt).UTC().Format(time.RFC3339Nano)
	}
	return []Field{
		{"enabled", strconv.FormatBool(o.Value.Enabled)},
		{"value", string(o.Value.Data)},
		{"variant", o.Variant},
		{"reason", reason},
		{"expires_at", expires},
	}
}

// Fields returns the fields of a model.
func (d ModelDraft) Fields() []Field { return columnFields(modelColumns, &d) }

// Fields returns the fields of a component.
func (d ComponentDraft) Fields() []Field { return columnFields(componentColumns, &d) }
