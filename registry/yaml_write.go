package registry

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"flagstone/features"
)

// WriteYAML writes a registry as a file: the same registry gives the same bytes, fields stand in one order, and what is
// usual is left out. ReadYAML reads it back.
func WriteYAML(file File) []byte {
	w := &writer{}
	w.text.WriteString("# A registry of Flagstone, as flagstone features export writes it.\n")
	w.list("features", len(file.Features), func(i int) { w.feature(file.Features[i]) })
	w.list("tiers", len(file.Tiers), func(i int) { w.tier(file.Tiers[i]) })
	w.entries(file.FileEntries)
	if file.Accounts != nil || file.Overrides != nil {
		w.list("accounts", len(file.Accounts), func(i int) { w.account(file.Accounts[i]) })
		w.list("overrides", len(file.Overrides), func(i int) { w.override(file.Overrides[i]) })
	}
	return w.text.Bytes()
}

// writer is a file under way.
type writer struct {
	text  bytes.Buffer
	began bool // the entry under way has a line
}

func (w *writer) list(name string, length int, entry func(int)) {
	if length == 0 {
		w.text.WriteString(name + ": []\n")
		return
	}
	w.text.WriteString(name + ":\n")
	for i := range length {
		w.began = false
		entry(i)
	}
}

// line writes a field of the entry under way.
func (w *writer) line(name, text string) {
	indent := "    "
	if !w.began {
		indent, w.began = "  - ", true
	}
	w.text.WriteString(strings.TrimRight(indent+name+": "+text, " ") + "\n")
}

// words writes a text, unless it is empty.
func (w *writer) words(name, text string) {
	if text != "" {
		w.line(name, scalar(text))
	}
}

// flag writes true or false, unless it is what is usual.
func (w *writer) flag(name string, on, usual bool) {
	if on != usual {
		w.line(name, strconv.FormatBool(on))
	}
}

func (w *writer) feature(f FileFeature) {
	d := f.Draft
	w.words("key", d.Key)
	w.words("name", d.Name)
	w.words("category", d.Category)
	w.words("subcategory", d.Subcategory)
	w.words("help", d.Description)
	w.words("icon", d.Icon)
	w.words("help_url", d.HelpURL)
	w.words("owner", d.Owner)
	w.line("display_order", strconv.Itoa(d.DisplayOrder))
	w.flag("premium", d.Premium, false)
	w.flag("requires_setup", d.RequiresSetup, false)
	w.flag("permanent", d.Permanent, false)
	w.flag("active", f.Active, true)
	w.flag("enabled", f.Enabled, true)
	w.typed(d)
	w.rollout(d.Rollout)
	if len(d.Variants) > 0 {
		w.line("variants", "")
		for _, v := range d.Variants {
			w.text.WriteString("      - {key: " + scalar(v.Key) + variantValue(d.Type, v.Value) + ", weight: " + v.Weight.Number() + "}\n")
		}
	}
}

// typed writes the type of a feature, its values and what it is linked to. JSON is YAML too.
func (w *writer) typed(d features.FeatureDraft) {
	if !d.Type.IsBoolean() {
		w.words("type", string(d.Type))
	}
	if d.Default != (features.Value{}) {
		w.line("default", "{"+valueOf(d.Default)+"}")
	}
	for _, bound := range []struct {
		name string
		n    *int64
	}{{"min", d.Constraints.Min}, {"max", d.Constraints.Max}} {
		if bound.n != nil {
			w.line(bound.name, strconv.FormatInt(*bound.n, 10))
		}
	}
	if len(d.Constraints.Enum) > 0 {
		w.line("enum", "["+joined(d.Constraints.Enum)+"]")
	}
	w.data("schema", d.Constraints.Schema)
	w.keys("depends_on", d.DependsOn)
	w.keys("conflicts_with", d.ConflictsWith)
	w.flag("deprecated", d.Deprecated, false)
	w.words("deprecation_message", d.DeprecationMessage)
	w.data("metadata", d.Metadata)
}

func (w *writer) data(name string, data features.JSON) {
	if data != "" {
		w.line(name, string(data))
	}
}

// keys writes a list of keys, unless it is empty.
func (w *writer) keys(name string, keys []string) {
	if len(keys) > 0 {
		quoted := make([]string, len(keys))
		for i, key := range keys {
			quoted[i] = scalar(key)
		}
		w.line(name, "["+strings.Join(quoted, ", ")+"]")
	}
}

func joined(list []features.JSON) string {
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = string(one)
	}
	return strings.Join(texts, ", ")
}

// valueOf is a value as the members of a mapping.
func valueOf(v features.Value) string {
	text := "enabled: " + strconv.FormatBool(v.Enabled)
	if v.Data != "" {
		text += ", value: " + string(v.Data)
	}
	return text
}

func variantValue(t features.Type, v features.Value) string {
	if t.IsBoolean() {
		return ", value: " + strconv.FormatBool(v.Enabled)
	}
	return ", " + valueOf(v)
}

func (w *writer) rollout(r features.Rollout) {
	if r.Strategy != features.ToAll {
		w.words("strategy", string(r.Strategy))
	}
	if r.Percentage != 0 {
		w.line("percentage", r.Percentage.Number())
	}
	if r.By != features.ByAccount {
		w.words("rollout_by", string(r.By))
	}
	lists := []struct {
		name    string
		entries []string
	}{
		{"account_ids", r.Target.AccountIDs}, {"user_ids", r.Target.UserIDs}, {"postal_codes", r.Target.PostalCodes}, {"roles", r.Target.Roles},
	}
	titled := false
	for _, list := range lists {
		if len(list.entries) == 0 {
			continue
		}
		if !titled {
			w.line("target_config", "")
			titled = true
		}
		w.text.WriteString("      " + list.name + ":\n")
		for _, entry := range list.entries {
			w.text.WriteString("        - " + scalar(entry) + "\n")
		}
	}
}

func (w *writer) tier(t FileTier) {
	w.words("key", t.Tier.Key)
	w.words("name", t.Tier.Name)
	w.words("description", t.Tier.Description)
	w.line("order", strconv.Itoa(t.Tier.Position))
	if !t.HasFeatures {
		return
	}
	if len(t.Features) == 0 {
		w.line("features", "[]")
		return
	}
	w.line("features", "")
	for _, x := range t.Features {
		text := "      - {key: " + scalar(x.Feature) + ", " + valueOf(x.Value)
		if !x.AllowOverride {
			text += ", allow_override: false"
		}
		if x.AllowUpgrade {
			text += ", allow_upgrade: true"
		}
		w.text.WriteString(text + "}\n")
	}
}

func (w *writer) account(a FileAccount) {
	w.words("targeting_key", a.TargetingKey)
	w.words("slug", a.Draft.Slug)
	w.words("name", a.Draft.Name)
	w.words("external_id", a.Draft.ExternalID)
	w.words("tier", a.Draft.Tier)
	if a.Status != features.Active {
		w.words("status", string(a.Status))
	}
	w.words("contact_email", a.Draft.ContactEmail)
	w.words("postal_code", a.Draft.PostalCode)
}

func (w *writer) override(o FileOverride) {
	w.words("account", o.Account)
	w.words("feature", o.Feature)
	w.line("enabled", strconv.FormatBool(o.Value.Enabled))
	w.data("value", o.Value.Data)
	w.words("variant", o.Variant)
	w.words("reason", o.Reason)
	if !o.ExpiresAt.IsZero() {
		w.words("expires_at", o.ExpiresAt.UTC().Format(time.RFC3339Nano))
	}
}

// plain is text that needs no quotation marks in YAML of any version, but for the words that mean something else.
var plain = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9 _./@&()+',-]*[A-Za-z0-9_./&()+-])?$`)

var otherWords = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

// scalar is a text as YAML has it.
func scalar(text string) string {
	if plain.MatchString(text) && !slices.Contains(otherWords, strings.ToLower(text)) {
		return text
	}
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text always encodes
	return strings.TrimSuffix(quoted.String(), "\n")
}
