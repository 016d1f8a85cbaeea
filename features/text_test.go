package features_test

import (
	"reflect"
	"strings"
	"testing"

	"flagstone/features"
)

// draft is anything that people write.
type draft interface{ Validate() error }

// drafts are all that people write, each as it may be, and how it is tidied.
var drafts = []struct {
	is   draft
	tidy func(draft) draft
}{
	{features.AccountDraft{Name: "A"}, func(d draft) draft { return d.(features.AccountDraft).Normalize() }},
	{features.UserDraft{Name: "A", Email: "a@example.com"}, func(d draft) draft { return d.(features.UserDraft).Normalize() }},
	{features.FeatureDraft{Key: "a", Name: "A"}, func(d draft) draft { return d.(features.FeatureDraft).Normalize() }},
	{features.Tier{Key: "a", Name: "A"}, func(d draft) draft { return d.(features.Tier).Normalize() }},
	{features.ModelDraft{Provider: "a", ModelID: "a", Name: "A"}, func(d draft) draft { return d.(features.ModelDraft).Normalize() }},
	{features.ComponentDraft{Key: "a", Name: "A"}, func(d draft) draft { return d.(features.ComponentDraft).Normalize() }},
}

// notText are fields of texts that nobody types freely: choices, and JSON.
var notText = []string{"FeatureDraft.Type", "FeatureDraft.Rollout.Strategy", "FeatureDraft.Rollout.By", "ModelDraft.Type", "UserDraft.StaffRole"}

// texts calls see with every text of a draft, in lists too.
func texts(name string, v reflect.Value, see func(name string, text reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() != reflect.TypeFor[features.JSON]() {
			see(name, v)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			texts(name+"."+v.Type().Field(i).Name, v.Field(i), see)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String && v.Type().Elem() != reflect.TypeFor[features.JSON]() {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			texts(name, v.Index(0), see)
		}
	}
}

// fields are the names of all texts of a draft.
func fields(d draft) (names []string) {
	v := reflect.New(reflect.TypeOf(d)).Elem()
	texts(v.Type().Name(), v, func(name string, _ reflect.Value) { names = append(names, name) })
	return names
}

// with is a draft with a text in one field, and what is in it afterwards.
func with(d draft, field, text string, tidy func(draft) draft) (written draft, kept string) {
	v := reflect.New(reflect.TypeOf(d)).Elem()
	v.Set(reflect.ValueOf(d))
	texts(v.Type().Name(), v, func(name string, is reflect.Value) {
		if name == field {
			is.SetString(text)
		} else if strings.Contains(name, "DependsOn") || strings.Contains(name, "Rollout") || strings.Contains(name, "Requires") || strings.Contains(name, "ConflictsWith") {
			is.SetString("")
		}
	})
	written = tidy(v.Interface().(draft))
	v.Set(reflect.ValueOf(written))
	collect(v.Type().Name(), v, field, &kept)
	return written, kept
}

func collect(name string, v reflect.Value, field string, kept *string) {
	switch v.Kind() {
	case reflect.String:
		if name == field {
			*kept = v.String()
		}
	case reflect.Struct:
		for i := range v.NumField() {
			collect(name+"."+v.Type().Field(i).Name, v.Field(i), field, kept)
		}
	case reflect.Slice:
		for i := range v.Len() {
			collect(name, v.Index(i), field, kept)
		}
	}
}

func TestEveryTextOfADraftIsTidiedAndVisible(t *testing.T) {
	t.Parallel()
	for _, d := range drafts {
		for _, field := range fields(d.is) {
			if strings.Contains(strings.Join(notText, " "), field) {
				continue
			}
			if _, kept := with(d.is, field, " \u00a0e\u0301\u2003", d.tidy); kept != "é" && kept != "É" {
				t.Errorf("%s is kept as %q", field, kept)
			}
			for _, text := range []string{"a\u200bb", "\ufeffab", "a\u00adb", "a\u202eb", "ab\u2060", "a\u3164b", "a\u2028b", "ab\u200d", "a\x00b"} {
				if written, kept := with(d.is, field, text, d.tidy); kept != "ab" && kept != "AB" && written.Validate() == nil {
					t.Errorf("%s may be %q", field, text)
				}
			}
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Blue Note":                      "",
		"\u0645\u06cc\u200c\u062e\u0648": "", // Persian
		"❤️\u200d🔥 Club":                 "",
		"日本":                             "",
		"\u0605 numbers":                 "",
		"\u200d":                         "Enter a name.",
		"\u200b \ufeff":                  "Enter a name.",
		"\u0301":                         "Enter a name.",
		"\u2800":                         "Enter a name.",
		"Blue\u200bNote":                 "Delete the invisible character U+200B.",
		"Blue\u200d Note":                "Delete the invisible character U+200D.",
		"Blue \ufe0fNote":                "Delete the invisible character U+FE0F.",
		"\u202eetoN":                     "Delete the invisible character U+202E.",
		strings.Repeat("é", 200):         "",
		strings.Repeat("é", 201):         "Use at most 200 characters.",
	} {
		got := ""
		if err := (features.KeyDraft{Name: name, Scope: features.ScopeRead}).Normalize().Validate(now()); err != nil {
			got = strings.TrimPrefix(err.Error(), "name: ")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"École Été": "ecole ete", "STRASSE": "strasse", "straße": "strasse", "Äpfel": "apfel", "A\u0308pfel": "apfel", "Łódź": "lodz",
		"Ærø": "aero", "ﬁne": "fine", "Ёлка": "елка", "İzmir": "izmir", "Plain 1": "plain 1",
	} {
		if got := features.Fold(text); got != want {
			t.Errorf("%q is folded to %q, want %q", text, got, want)
		}
	}
	for name, want := range map[string]string{"École Été": "ecole-ete", "straße AG": "strasse-ag", "Äpfel GmbH": "apfel-gmbh", "Ærø & Co": "aero-co"} {
		if got := features.Slugify(name); got != want {
			t.Errorf("%q has the slug %q, want %q", name, got, want)
		}
	}
	for text, want := range map[string]string{" Dana@Example.com": "Dana@Example.com", "ÄB@x": "äb@x", "äb@x": "äb@x"} {
		if got := features.Email(text); got != want {
			t.Errorf("%q is kept as %q, want %q", text, got, want)
		}
	}
}

func TestWholeNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"10": 10, "10.0": 10, "-1e1": -10, "1.50e2": 150, "9007199254740992": 1 << 53, "-0": 0, "-0.0": 0} {
		if n, ok := features.ParseWhole(text); !ok || n != want {
			t.Errorf("%s is %d, %t", text, n, ok)
		}
	}
	for _, text := range []string{"", "x", "1.5", "9007199254740993", "9007199254740993.0", "1e400", "1e19", "1.00000000000000000001", "0x10", "1e-999999999"} {
		if n, ok := features.ParseWhole(text); ok {
			t.Errorf("%s is %d", text, n)
		}
	}
	if data, err := features.ParseJSON(`{"a":[10.0,1.5,-0,9007199254740993]}`); err != nil || data != `{"a":[10,1.5,0,9007199254740993]}` {
		t.Errorf("numbers are kept as %s, %v", data, err)
	}
}
