package registry

import (
	"cmp"
	"fmt"

	"flagstone/features"
)

// ReadYAML reads a registry as a file has it (docs/registry-file.md). It refuses with Problems whose Field is the place in
// the file, all that there are.
func ReadYAML(text []byte) (File, error) {
	root, err := parse(text)
	if err != nil {
		return File{}, err
	}
	r := &reader{refused: make(map[Place]bool)}
	if root == nil {
		r.refuse(Place{Line: 1, Column: 1}, "The file is empty. Begin it with features:, and list them below.")
		return File{}, r.problems
	}
	file := r.file(value{root, placeOf(root)})
	return file, r.problems.Err()
}

func (r *reader) file(v value) (file File) {
	m, _ := r.mapping(v, "a registry", "features", "tiers", "models", "components", "accounts", "overrides")
	_, file.HasFeatures = m.values["features"]
	_, file.HasTiers = m.values["tiers"]
	for _, v := range r.list(m.values["features"], "features") {
		file.Features = append(file.Features, r.feature(v))
	}
	for _, v := range r.list(m.values["tiers"], "tiers") {
		file.Tiers = append(file.Tiers, r.tier(v))
	}
	file.FileEntries = r.entries(m)
	for _, v := range r.list(m.values["accounts"], "accounts") {
		file.Accounts = append(file.Accounts, r.account(v))
	}
	for _, v := range r.list(m.values["overrides"], "overrides") {
		file.Overrides = append(file.Overrides, r.override(v))
	}
	r.checkDuplicates(file)
	return file
}

// checkDuplicates refuses what stands in the file twice, and features whose names in a portal would be the same.
func (r *reader) checkDuplicates(file File) {
	holders := make(map[string]FileFeature)
	for _, f := range file.Features {
		for _, name := range append(features.DerivedNames(f.Draft.Key), f.Draft.Key) {
			holder, taken := holders[name]
			switch {
			case f.Draft.Key == "":
			case !taken:
				holders[name] = f
			case holder.Draft.Key == f.Draft.Key:
				r.refuse(f.At, fmt.Sprintf("The key %s is also on line %d too. Take one of them out.", f.Draft.Key, holder.At.Line))
			default:
				r.refuse(f.At, fmt.Sprintf("In the portal this key would have the same name as %s (%s). Choose another key.", holder.Draft.Key, name))
			}
		}
	}
	tiers := make(map[string]Place)
	for _, t := range file.Tiers {
		r.once(tiers, t.Tier.Key, "The tier "+t.Tier.Key, t.At)
	}
	r.checkDuplicateEntries(file)
	overrides := make(map[string]Place)
	for _, o := range file.Overrides {
		r.once(overrides, o.Account+"\n"+o.Feature, "The override of "+o.Feature+" for "+o.Account, o.At)
	}
}

func (r *reader) once(seen map[string]Place, key, what string, at Place) {
	if first, twice := seen[key]; twice {
		r.refuse(at, fmt.Sprintf("%s is also on line %d too. Take one of them out.", what, first.Line))
		return
	}
	seen[key] = at
}

var featureKeys = []string{
	"key", "name", "category", "subcategory", "help=description", "icon", "help_url", "owner", "display_order", "type", "premium",
	"requires_setup", "permanent", "active", "enabled", "default", "min", "max", "enum", "schema", "depends_on", "conflicts_with",
	"deprecated", "deprecation_message", "metadata", "strategy", "percentage=rollout_percentage", "rollout_by",
	"target_config=target", "roles", "variants",
}

func (r *reader) feature(v value) FileFeature {
	f := FileFeature{Enabled: true, Active: true, At: v.at}
	m, good := r.mapping(v, "a feature", featureKeys...)
	if !good {
		return f
	}
	f.At = m.place("key")
	f.Draft.Key, f.Draft.Name = r.text(m, "key"), r.text(m, "name")
	r.readFeature(m, &f)
	return f
}

func (r *reader) readFeature(m mapping, f *FileFeature) {
	d := &f.Draft
	d.Category, d.Subcategory, d.Description = r.text(m, "category"), r.text(m, "subcategory"), r.text(m, "help")
	d.Icon, d.HelpURL, d.Owner = r.text(m, "icon"), r.text(m, "help_url"), r.text(m, "owner")
	d.DisplayOrder, f.Ordered = r.order(m, "display_order")
	d.Premium, d.RequiresSetup = r.flag(m, "premium", false), r.flag(m, "requires_setup", false)
	d.Permanent, f.Active, f.Enabled = r.flag(m, "permanent", false), r.flag(m, "active", true), r.flag(m, "enabled", true)
	d.Type = cmp.Or(features.Type(r.text(m, "type")), features.BooleanType)
	d.Constraints = features.Constraints{
		Min: r.integer(m, "min"), Max: r.integer(m, "max"), Enum: r.dataList(m, "enum"), Schema: r.data(m, "schema"),
	}
	d.DependsOn, d.ConflictsWith = r.texts(m, "depends_on"), r.texts(m, "conflicts_with")
	d.Deprecated, d.DeprecationMessage = r.flag(m, "deprecated", false), r.text(m, "deprecation_message")
	d.Metadata = r.data(m, "metadata")
	places := map[string]Place{"description": m.place("help")}
	d.Default = r.defaultValue(m.values["default"], places)
	d.Rollout = r.rollout(m, places)
	d.Variants = r.variants(m.values["variants"], d.Type, places)
	*d = d.Normalize()
	r.check(m, d.Validate(), places)
}

// defaultValue reads what an account has that nothing else says anything about.
func (r *reader) defaultValue(v value, places map[string]Place) (is features.Value) {
	if v.node == nil {
		return is
	}
	m, _ := r.mapping(v, "default", "enabled", "value")
	places["default"] = m.place("value")
	is.Enabled, is.Data = r.flag(m, "enabled", false), r.data(m, "value")
	return is
}

// rollout reads whom a feature is released to, and notes where its lists stand.
func (r *reader) rollout(m mapping, places map[string]Place) features.Rollout {
	is := features.Rollout{
		Strategy: features.Strategy(r.text(m, "strategy")), By: features.Subject(r.text(m, "rollout_by")), Percentage: r.percent(m, "percentage"),
	}
	if target := m.values["target_config"]; target.node != nil {
		t, _ := r.mapping(target, "target_config", "account_ids=workshop_ids", "user_ids", "postal_codes", "roles")
		is.Target = features.Target{
			AccountIDs: r.texts(t, "account_ids"), UserIDs: r.texts(t, "user_ids"), PostalCodes: r.texts(t, "postal_codes"), Roles: r.texts(t, "roles"),
		}
		for key, list := range t.values {
			places[key] = list.at
		}
	}
	if roles, short := m.values["roles"]; short {
		if _, twice := places["roles"]; twice {
			r.refuse(roles.at, "roles stands twice: here and in target_config. Take one of them out.")
		}
		is.Target.Roles = r.texts(m, "roles")
	}
	return is
}

func (r *reader) variants(v value, t features.Type, places map[string]Place) (variants []features.Variant) {
	places["variants"] = v.at
	before := len(r.problems)
	for i, entry := range r.list(v, "variants") {
		m, _ := r.mapping(entry, "a variant", "key", "enabled", "value", "weight")
		places[fmt.Sprintf("variants.%d.key", i+1)] = m.place("key")
		places[fmt.Sprintf("variants.%d.value", i+1)] = m.place("value")
		variants = append(variants, features.Variant{Key: r.text(m, "key"), Value: r.variantValue(m, t), Weight: r.percent(m, "weight")})
	}
	if len(r.problems) > before {
		r.refused[v.at] = true // what could not be read must not be missed in the sum of the weights
	}
	return variants
}

// variantValue reads what a variant gives: of a boolean feature, its value says whether it is on.
func (r *reader) variantValue(m mapping, t features.Type) features.Value {
	if t.IsBoolean() {
		return features.Value{Enabled: r.flag(m, "value", r.flag(m, "enabled", true))}
	}
	return features.Value{Enabled: r.flag(m, "enabled", true), Data: r.data(m, "value")}
}

func (r *reader) tier(v value) FileTier {
	m, good := r.mapping(v, "a tier", "key", "name", "description", "order", "features")
	t := FileTier{At: m.place("key")}
	if good {
		t.Tier = features.Tier{Key: r.text(m, "key"), Name: r.text(m, "name"), Description: r.text(m, "description")}
		t.Tier = t.Tier.Normalize()
		t.Tier.Position, t.Ordered = r.order(m, "order")
		r.check(m, t.Tier.Validate(), nil)
		_, t.HasFeatures = m.values["features"]
		seen := make(map[string]Place)
		for _, v := range r.list(m.values["features"], "features") {
			x := r.tierFeature(v)
			r.once(seen, x.Feature, "The feature "+x.Feature, x.At)
			t.Features = append(t.Features, x)
		}
	}
	return t
}

// tierFeature reads what a tier lists of one feature.
func (r *reader) tierFeature(v value) FileTierFeature {
	m, good := r.mapping(v, "a feature of a tier", "key", "enabled", "value", "allow_override", "allow_upgrade")
	x := FileTierFeature{At: m.place("key")}
	if good {
		x.Feature = r.text(m, "key")
		x.Value = features.Value{Enabled: r.flag(m, "enabled", true), Data: r.data(m, "value")}
		x.AllowOverride, x.AllowUpgrade = r.flag(m, "allow_override", true), r.flag(m, "allow_upgrade", false)
	}
	return x
}

func (r *reader) account(v value) FileAccount {
	m, good := r.mapping(v, "an account", "targeting_key", "slug", "name", "external_id", "tier", "status", "contact_email", "postal_code")
	a := FileAccount{At: m.at, Status: features.Active}
	if !good {
		return a
	}
	a.TargetingKey = r.text(m, "targeting_key")
	a.Draft = features.AccountDraft{
		Name: r.text(m, "name"), Slug: r.text(m, "slug"), ExternalID: r.text(m, "external_id"), Tier: r.text(m, "tier"),
		ContactEmail: r.text(m, "contact_email"), PostalCode: r.text(m, "postal_code"),
	}.Normalize()
	if status := r.text(m, "status"); status != "" {
		a.Status = features.Status(status)
	}
	r.check(m, a.Validate(), nil)
	return a
}

func (r *reader) override(v value) FileOverride {
	m, good := r.mapping(v, "an override", "account", "feature", "enabled", "value", "variant", "reason", "expires_at")
	o := FileOverride{At: m.at}
	if !good {
		return o
	}
	o.Account, o.Feature, o.Variant, o.Reason = r.text(m, "account"), r.text(m, "feature"), r.text(m, "variant"), r.text(m, "reason")
	if _, said := m.values["enabled"]; !said {
		r.refuse(m.at, "Say enabled: true or enabled: false.")
	}
	o.Value = features.Value{Enabled: r.flag(m, "enabled", false), Data: r.data(m, "value")}
	o.ExpiresAt = r.moment(m, "expires_at")
	r.check(m, o.Validate(), nil)
	return o
}
