package registry_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flagstone/features"
	"flagstone/registry"
)

// same compares what was read with what was meant; where it stood does not matter, nor how nothing is written.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(registry.Place{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s differs:\n%s", what, diff)
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	file := registry.File{
		Features: []registry.FileFeature{
			{Draft: features.FeatureDraft{Key: "plain", Name: "Plain", DisplayOrder: 1}.Normalize(), Enabled: true, Active: true},
			{Draft: features.FeatureDraft{
				Key: "full", Name: "yes", Category: "portal", Subcategory: "a: b", Description: "Two\nlines # \"quoted\" <b>", Icon: "bot",
				HelpURL: "https://example.com/?a=b", Owner: "Zoë", DisplayOrder: 2, Default: features.Value{Enabled: true}, Permanent: true,
				Badges: features.Badges{Premium: true, RequiresSetup: true},
				Rollout: features.Rollout{
					Strategy: features.ToWhitelist, Percentage: 1250, By: features.ByPerson,
					Target: features.Target{AccountIDs: []string{"007", "crm_1"}, UserIDs: []string{"dana@example.com"}, PostalCodes: []string{"M5V"}, Roles: []string{"owner"}},
				},
				Variants: []features.Variant{{Key: "a", Value: features.Value{Enabled: true}, Weight: 3333}, {Key: "2", Weight: 6667}},
			}},
		},
		Tiers:    []registry.FileTier{{Tier: features.Tier{Key: "pro", Name: "Pro", Description: "most choose it", Position: 2}}},
		Accounts: []registry.FileAccount{{TargetingKey: "crm_1", Status: features.Suspended, Draft: features.AccountDraft{Name: "A & B", Slug: "a-b", ExternalID: "crm_1", Tier: "pro", ContactEmail: "a@example.com", PostalCode: "00501"}}},
		Overrides: []registry.FileOverride{
			{Account: "crm_1", Feature: "full", Value: features.Value{Enabled: true}, Variant: "a", Reason: "beta", ExpiresAt: time.UnixMilli(1893524400001).UTC()},
		},
	}
	want := `# A registry of Flagstone, as flagstone features export writes it.
features:
  - key: plain
    name: Plain
    display_order: 1
  - key: full
    name: "yes"
    category: portal
    subcategory: "a: b"
    help: "Two\nlines # \"quoted\" <b>"
    icon: bot
    help_url: "https://example.com/?a=b"
    owner: "Zoë"
    display_order: 2
    premium: true
    requires_setup: true
    permanent: true
    active: false
    enabled: false
    default: {enabled: true}
    strategy: whitelist
    percentage: 12.5
    rollout_by: user
    target_config:
      account_ids:
        - "007"
        - crm_1
      user_ids:
        - dana@example.com
      postal_codes:
        - M5V
      roles:
        - owner
    variants:
      - {key: a, value: true, weight: 33.33}
      - {key: "2", value: false, weight: 66.67}
tiers:
  - key: pro
    name: Pro
    description: most choose it
    order: 2
accounts:
  - targeting_key: crm_1
    slug: a-b
    name: A & B
    external_id: crm_1
    tier: pro
    status: suspended
    contact_email: a@example.com
    postal_code: "00501"
overrides:
  - account: crm_1
    feature: full
    enabled: true
    variant: a
    reason: beta
    expires_at: "2030-01-01T19:00:00.001Z"
`
	if diff := cmp.Diff(want, string(registry.WriteYAML(file))); diff != "" {
		t.Errorf("the file differs:\n%s", diff)
	}
	if got := string(registry.WriteYAML(registry.File{})); got != "# A registry of Flagstone, as flagstone features export writes it.\nfeatures: []\ntiers: []\n" {
		t.Errorf("an empty registry is %q", got)
	}
}

// TestWrittenIsReadBack writes registries by chance: what is read back is what was written, and writing it again gives
// the same bytes.
func TestWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		file := randomFile(rand.New(rand.NewPCG(seed, 7)))
		text := registry.WriteYAML(file)
		back, err := registry.ReadYAML(text)
		if err != nil {
			t.Fatalf("seed %d: %v in\n%s", seed, err, text)
		}
		same(t, fmt.Sprint("with seed ", seed, " the registry"), file, back)
		if !bytes.Equal(text, registry.WriteYAML(back)) {
			t.Errorf("seed %d: written again it is\n%s\nnot\n%s", seed, registry.WriteYAML(back), text)
		}
		if t.Failed() {
			return
		}
	}
}

// TestDeepestIsReadBack nests JSON as deep as it may be, in every place that a registry has for it.
func TestDeepestIsReadBack(t *testing.T) {
	t.Parallel()
	deepest := features.JSON(strings.Repeat(`{"a":`, features.MaxJSONDepth-1) + "{}" + strings.Repeat("}", features.MaxJSONDepth-1))
	value := features.Value{Enabled: true, Data: deepest}
	file := registry.File{
		HasFeatures: true, HasTiers: true,
		Features: []registry.FileFeature{{Ordered: true, Active: true, Enabled: true, Draft: features.FeatureDraft{
			Key: "deep", Name: "Deep", DisplayOrder: 1, Type: features.JSONType, Default: value, Metadata: deepest,
			Constraints: features.Constraints{Schema: deepest}, Variants: []features.Variant{{Key: "a", Value: value, Weight: features.Everyone}},
		}.Normalize()}},
		Tiers: []registry.FileTier{{
			Tier: features.Tier{Key: "pro", Name: "Pro"}.Normalize(), Ordered: true, HasFeatures: true,
			Features: []registry.FileTierFeature{{Feature: "deep", TierFeature: features.TierFeature{Value: value, AllowOverride: true}}},
		}},
		Overrides: []registry.FileOverride{{Account: "maple", Feature: "deep", Value: value}},
	}
	back, err := registry.ReadYAML(registry.WriteYAML(file))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the registry", file, back)
}

// awkward are texts that YAML, JSON or a hasty writer may take for something else.
var awkward = []string{
	"", "Plain words", "true", "No", "~", "null", "12", "1e3", "0x1F", "-1", ".5", "2020-01-01", "12:30:00", "a: b", "a #b", "#a", "- a", "[a]", "{a}",
	"&a", "*a", "!a", "%a", "@a", "`a`", "|", ">", "'a'", `"a"`, `back\slash`, "Zoë 日本 🎉", "a,", ", b", "it's", "?", "? a", ":", "a:", "=", "<<",
	"a\u00a0nbsp", "x'y\"z",
}

func randomFile(r *rand.Rand) registry.File {
	text := func(usual string) string {
		if word := awkward[r.IntN(len(awkward))]; r.IntN(2) == 0 && word != "" {
			return word
		}
		return usual
	}
	file := registry.File{HasFeatures: true, HasTiers: true}
	for i := range r.IntN(6) {
		file.Features = append(file.Features, randomFeature(r, i, text))
	}
	for i := range r.IntN(3) {
		file.Tiers = append(file.Tiers, registry.FileTier{Tier: features.Tier{Key: fmt.Sprintf("%d", i), Name: text("Tier"), Description: text(""), Position: r.IntN(7) - 3}.Normalize(), Ordered: true, HasFeatures: true, Features: randomListing(r)})
	}
	for i := range r.IntN(4) {
		key := fmt.Sprintf("%d", i)
		file.Accounts = append(file.Accounts, registry.FileAccount{
			TargetingKey: key, Status: []features.Status{features.Active, features.Suspended}[r.IntN(2)],
			Draft: features.AccountDraft{
				Name: text("Account"), Slug: "account-" + key, ExternalID: text(key), Tier: text(""), PostalCode: []string{"", "00501", "M5V 2T6"}[r.IntN(3)],
			}.Normalize(),
		})
		file.Overrides = append(file.Overrides, registry.FileOverride{
			Account: key, Feature: "feature_0", Value: features.Value{Enabled: r.IntN(2) == 0}, Variant: text(""), Reason: text("beta"),
			ExpiresAt: []time.Time{{}, time.UnixMilli(r.Int64N(4e12)).UTC()}[r.IntN(2)],
		})
	}
	return file
}

func randomFeature(r *rand.Rand, i int, text func(string) string) registry.FileFeature {
	d := features.FeatureDraft{
		Key: fmt.Sprintf("feature_%d", i), Name: text("Feature"), Category: text(""), Subcategory: text(""), Description: text("two\nlines\tand a tab"),
		Icon: text(""), Owner: text(""), DisplayOrder: r.IntN(9) - 4, Default: features.Value{Enabled: r.IntN(2) == 0}, Permanent: r.IntN(2) == 0,
		Badges: features.Badges{Premium: r.IntN(2) == 0, RequiresSetup: r.IntN(2) == 0},
		Rollout: features.Rollout{
			Strategy: features.Strategies()[r.IntN(3)], Percentage: features.Percent(r.IntN(10001)), By: []features.Subject{features.ByAccount, features.ByPerson}[r.IntN(2)],
			Target: features.Target{AccountIDs: []string{text("a"), text("b")}, PostalCodes: []string{"M5V", "00501"}[r.IntN(2):], Roles: []string{"owner", "mechanic"}[r.IntN(3):]},
		},
	}
	if share := features.Percent(r.IntN(10001)); r.IntN(2) == 0 {
		d.Variants = []features.Variant{{Key: "a", Value: features.Value{Enabled: true}, Weight: share}, {Key: "2", Weight: features.Everyone - share}}
	}
	if r.IntN(2) == 0 {
		randomType(r, &d, text)
	}
	return registry.FileFeature{Draft: d.Normalize(), Ordered: true, Enabled: r.IntN(2) == 0, Active: r.IntN(2) == 0}
}

func randomType(r *rand.Rand, d *features.FeatureDraft, text func(string) string) {
	low, high := int64(-5), int64(100)
	d.Variants = nil
	d.DependsOn, d.ConflictsWith = []string{"one", "limits.two", "null"}[r.IntN(4):], []string{"true"}[r.IntN(2):]
	d.Deprecated, d.DeprecationMessage, d.Metadata = r.IntN(2) == 0, text("use the other"), `{"n":[1,null,true,2.5,1e-5,-1E+25,12345678901234567890,"1e5"],"team":"a: b"}`
	switch d.Type = features.Types()[1+r.IntN(3)]; d.Type {
	case features.IntegerType:
		d.Default.Data, d.Constraints = "42", features.Constraints{Min: &low, Max: &high, Enum: []features.JSON{"-3", "42"}}
	case features.StringType:
		d.Default.Data, d.Constraints.Enum = `"yes: it is"`, []features.JSON{`"yes: it is"`, `"10"`}
	default:
		d.Default.Data, d.Constraints.Schema = `{"deep":{"list":[{"a":"b"}],"on":true}}`, `{"required":["deep"],"type":"object"}`
	}
	d.Variants = []features.Variant{{Key: "a", Value: features.Value{Enabled: true, Data: d.Default.Data}, Weight: 2500}, {Key: "b", Weight: 7500}}
}

func randomListing(r *rand.Rand) []registry.FileTierFeature {
	locked := features.TierFeature{Value: features.Value{Enabled: true, Data: "10"}}
	open := features.TierFeature{AllowOverride: true, AllowUpgrade: r.IntN(2) == 0}
	return []registry.FileTierFeature{{Feature: "a", TierFeature: locked}, {Feature: "b.c", TierFeature: open}}[r.IntN(3):]
}

// FuzzRead: whatever the bytes are, they are read or refused; and what is read can be written and read back.
func FuzzRead(f *testing.F) {
	for _, c := range registry.Starters() {
		text, err := os.ReadFile("starters/" + c.Name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add(registry.WriteYAML(randomFile(rand.New(rand.NewPCG(1, 7)))))
	for _, text := range []string{"features: [{key: a, name: A}]", "a: |\n  b\n c", "? a\n: b", "features:\n- key: a\n  name: >-\n    x\n", "\"\\", "a: [1, 2"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := registry.ReadYAML(text)
		if err != nil {
			return
		}
		for i := range file.Features { // what no list has is left out
			file.Features[i].Ordered = true
			file.Features[i].Draft = file.Features[i].Draft.Normalize()
		}
		for i := range file.Tiers {
			file.Tiers[i].Ordered, file.Tiers[i].HasFeatures = true, true
		}
		file.HasFeatures, file.HasTiers = true, true
		back, err := registry.ReadYAML(registry.WriteYAML(file))
		if err != nil {
			t.Fatalf("%v in\n%s", err, registry.WriteYAML(file))
		}
		same(t, "what is read back", file, back)
	})
}
