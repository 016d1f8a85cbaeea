package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// readFeatureForm reads the form of a feature as it was typed.
func readFeatureForm(c echo.Context) views.FeatureFormModel {
	field := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	ticked := func(name string) bool { return field(name) == "true" }
	m := views.FeatureFormModel{
		Version: field("version"), Key: field("key"), Name: field("name"), Help: field("description"), Category: field("category"),
		Subcategory: field("subcategory"), Icon: field("icon"), HelpURL: field("help_url"), Owner: field("owner"),
		DisplayOrder: field("display_order"), Type: cmp.Or(field("type"), string(features.BooleanType)), Default: ticked("default"),
		DefaultValues: map[string]string{}, Min: field("min"), Max: field("max"), Enum: field("enum"), Schema: field("schema"),
		Premium: ticked("premium"), RequiresSetup: ticked("requires_setup"), Permanent: ticked("permanent"),
		Deprecated: ticked("deprecated"), DeprecationMessage: field("deprecation_message"), Metadata: field("metadata"),
		Reason: field("reason"),
	}
	m.DependsOn.Text, m.ConflictsWith.Text = field("depends_on"), field("conflicts_with")
	for _, kind := range features.Types() {
		m.DefaultValues[string(kind)] = c.FormValue("default_" + string(kind))
	}
	return m
}

// featureDraft is what the form wants to be stored of a feature, and what is wrong with it by field; nil where nothing is.
// What the form does not have stays. Fields that do not fit the type are not seen, and do not count.
func featureDraft(m views.FeatureFormModel, f *features.Feature) (draft features.FeatureDraft, problems map[string]string) {
	problems = map[string]string{}
	draft = features.FeatureDraft{
		Key: m.Key, Name: m.Name, Description: m.Help, Category: m.Category, Subcategory: m.Subcategory, Icon: m.Icon,
		HelpURL: m.HelpURL, Owner: m.Owner, Type: features.Type(m.Type), Permanent: m.Permanent,
		Badges:      features.Badges{Premium: m.Premium, RequiresSetup: m.RequiresSetup},
		Deprecation: features.Deprecation{Deprecated: m.Deprecated, DeprecationMessage: m.DeprecationMessage},
		Links:       features.Links{DependsOn: split(m.DependsOn.Text), ConflictsWith: split(m.ConflictsWith.Text)},
		Default:     features.Value{Enabled: m.Default}, Constraints: readConstraints(m, problems),
		Rollout: f.Rollout, Variants: f.Variants,
	}
	if !draft.Type.IsBoolean() {
		draft.Default.Data = parsed("default", m.DefaultValues[m.Type], draft.Type.ParseData, problems)
	}
	if m.Metadata != "" {
		draft.Metadata = parsed("metadata", m.Metadata, features.ParseJSON, problems)
	}
	if m.DisplayOrder != "" {
		order, err := strconv.Atoi(m.DisplayOrder)
		if err != nil || order < 0 || order > 1_000_000 {
			problems["display_order"] = "Enter a whole number from 0 to 1,000,000, or leave it empty."
		}
		draft.DisplayOrder = order
	}
	draft = draft.Normalize()
	return draft, problemsOf(features.Together(draft.Validate(), features.CheckReason(m.Reason)), problems)
}

func readConstraints(m views.FeatureFormModel, problems map[string]string) (c features.Constraints) {
	kind := features.Type(m.Type)
	switch kind {
	case features.IntegerType, features.StringType:
		c.Min, c.Max = parsedBound("min", m.Min, problems), parsedBound("max", m.Max, problems)
		for line := range strings.Lines(m.Enum) {
			if line = strings.TrimSpace(line); line != "" {
				c.Enum = append(c.Enum, parsed("enum", line, kind.ParseData, problems))
			}
		}
	case features.JSONType:
		if m.Schema != "" {
			c.Schema = parsed("schema", m.Schema, features.ParseJSON, problems)
		}
	default:
	}
	return c
}

// parsed reads a value; what is no value is a problem of its field.
func parsed(field, text string, parse func(string) (features.JSON, error), problems map[string]string) features.JSON {
	value, err := parse(text)
	if err != nil {
		problems[field] = sentenceOf(err)
		if field == "enum" {
			problems[field] = text + ": " + err.Error() + "."
		}
	}
	return value
}

func parsedBound(field, text string, problems map[string]string) *int64 {
	if text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		problems[field] = "Enter a whole number, or leave it empty."
		return nil
	}
	return &n
}

func bound(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// editable is a value as a field of its type has it.
func editable(kind features.Type, data features.JSON) string {
	if kind == features.JSONType {
		return indented(data)
	}
	return data.Text()
}

// indented is JSON in lines, for people to edit.
func indented(data features.JSON) string {
	var text bytes.Buffer
	if data == "" || json.Indent(&text, []byte(data), "", "  ") != nil {
		return string(data)
	}
	return text.String()
}
