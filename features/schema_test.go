package features_test

import (
	"fmt"
	"strings"
	"testing"

	"flagstone/features"
)

// chain is a schema of parts p1 to pN, each made of the next one by a pattern such as {"allOf":[%s,%s]}; the last is
// anything.
func chain(n int, pattern string) features.JSON {
	defs := []string{fmt.Sprintf(`"p%d":{}`, n+1)}
	for i := range n {
		next := fmt.Sprintf(`{"$ref":"#/$defs/p%d"}`, i+2)
		defs = append(defs, fmt.Sprintf(`"p%d":%s`, i+1, strings.ReplaceAll(pattern, "%s", next)))
	}
	return features.JSON(`{"$ref":"#/$defs/p1","$defs":{` + strings.Join(defs, ",") + `}}`)
}

// older is a chain in an older version, in which nothing may stand beside a reference.
func older(chain features.JSON) features.JSON {
	return features.JSON(strings.Replace(string(chain), `"$ref":"#/$defs/p1"`, `"$schema":"http://json-schema.org/draft-07/schema#","allOf":[{"$ref":"#/$defs/p1"}]`, 1))
}

func TestSchemasWithoutEndAreRefused(t *testing.T) {
	t.Parallel()
	const branches, circle = "could take forever", "refers to itself for the same value"
	for name, c := range map[string]struct {
		schema features.JSON
		want   string // "" for a schema that may be
	}{
		"doubles by allOf":                  {chain(40, `{"allOf":[%s,%s]}`), branches},
		"doubles by anyOf":                  {chain(40, `{"anyOf":[%s,%s]}`), branches},
		"doubles by oneOf":                  {chain(40, `{"oneOf":[%s,%s]}`), branches},
		"doubles by not":                    {chain(40, `{"not":%s,"allOf":[%s]}`), branches},
		"doubles by if":                     {chain(40, `{"if":%s,"then":%s}`), branches},
		"doubles by else":                   {chain(40, `{"if":%s,"then":{},"else":%s}`), branches},
		"doubles by dependentSchemas":       {chain(40, `{"dependentSchemas":{"a":%s,"b":%s}}`), branches},
		"doubles by dependencies":           {older(chain(40, `{"dependencies":{"a":%s,"b":%s,"c":["d"]}}`)), branches},
		"doubles by one property":           {chain(40, `{"allOf":[{"properties":{"a":%s}},{"properties":{"a":%s}}]}`), branches},
		"doubles by patterns":               {chain(40, `{"patternProperties":{"a":%s,"b":%s}}`), branches},
		"doubles by other properties":       {chain(40, `{"additionalProperties":%s,"unevaluatedProperties":%s}`), branches},
		"doubles by names":                  {chain(40, `{"propertyNames":%s,"additionalProperties":%s}`), branches},
		"doubles by items":                  {chain(40, `{"allOf":[{"items":%s},{"prefixItems":[%s]}]}`), branches},
		"doubles by contains":               {chain(40, `{"contains":%s,"items":%s}`), branches},
		"recurs twice for one property":     {`{"properties":{"a":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}}`, branches},
		"recurs for the same value":         {`{"anyOf":[{"$ref":"#"},{"type":"string"}]}`, circle},
		"recurs by way of another":          {`{"$ref":"#/$defs/a","$defs":{"a":{"not":{"$ref":"#/$defs/b"}},"b":{"$ref":"#/$defs/a"}}}`, circle},
		"many names, known to many":         {features.JSON(`{"allOf":[` + strings.Repeat(`{"properties":{`+manyNames(40)+`}},`, 60) + `{}]}`), ""},
		"too many names, known to too many": {features.JSON(`{"properties":{` + manyNames(800) + `},"allOf":[` + strings.Repeat(`{},`, 800) + `{}]}`), branches},
		"a dynamic reference":               {`{"$dynamicRef":"#a","$defs":{"a":{"$dynamicAnchor":"a"}}}`, "use $ref"},
		"a recursive reference":             {`{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"properties":{"a":{"$recursiveRef":"#"}}}`, "use $ref"},
		"a huge pattern":                    {`{"pattern":"(abc){900}"}`, "is too large"},
		"no pattern":                        {`{"pattern":"("}`, "This is not a valid JSON Schema"},
		"a tree":                            {`{"properties":{"left":{"$ref":"#"},"right":{"$ref":"#"}},"additionalProperties":{"$ref":"#"}}`, ""},
		"a list of lists":                   {`{"properties":{"children":{"type":"array","items":{"$ref":"#"}}}}`, ""},
		"a language":                        {`{"anyOf":[{"properties":{"and":{"items":{"$ref":"#"}}}},{"properties":{"or":{"items":{"$ref":"#"}}}},{"properties":{"not":{"$ref":"#"}}}]}`, ""},
		"a pair of an older version":        {`{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"items":[{"type":"string"},{"$ref":"#"}],"additionalItems":false}}}`, ""},
		"another use of one part":           {chain(10, `{"properties":{"a":%s,"b":%s}}`), ""},
		"a named reference":                 {`{"$dynamicRef":"#/$defs/a","$defs":{"a":{"type":"object"}}}`, ""},
		"parts that are used too often":     {chain(1_200, `{"allOf":[%s]}`), branches},
	} {
		d := features.FeatureDraft{Key: "limit", Name: "Limit", Type: features.JSONType, Constraints: features.Constraints{Schema: c.schema}}
		err := d.Normalize().Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "schema: ")) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func manyNames(n int) string {
	names := make([]string, n)
	for i := range n {
		names[i] = fmt.Sprintf(`"n%d":{}`, i)
	}
	return strings.Join(names, ",")
}

func numbers(n int) string {
	list := make([]string, n)
	for i := range n {
		list[i] = fmt.Sprint(i)
	}
	return strings.Join(list, ",")
}

func TestHeavyValuesAreRefused(t *testing.T) {
	t.Parallel()
	const tooLong = "takes too long"
	list := func(n int, entry string) features.JSON {
		return features.JSON(`{"a":[` + strings.TrimSuffix(strings.Repeat(entry+",", n), ",") + `]}`)
	}
	of := func(items string) features.JSON { return features.JSON(`{"properties":{"a":{"items":` + items + `}}}`) }
	many := strings.TrimSuffix(strings.Repeat(`{"required":["b"]},`, 2_000), ",")
	for name, c := range map[string]struct {
		schema, data features.JSON
		want         string
	}{
		"a schema from before they were bounded": {chain(40, `{"allOf":[%s,%s]}`), `{}`, tooLong},
		"one that is never met":                  {features.JSON(strings.Replace(string(chain(40, `{"allOf":[%s,%s]}`)), `:{}`, `:{"type":"string"}`, 1)), `{}`, tooLong},
		"many branches for many items":           {of(`{"anyOf":[` + many + `]}`), list(20_000, "{}"), tooLong},
		"branches of another type":               {of(`{"anyOf":[` + strings.ReplaceAll(many, `"required":["b"]`, `"type":"null"`) + `]}`), list(20_000, "{}"), tooLong},
		"a long list of values for many items":   {of(`{"enum":[` + numbers(8_000) + `]}`), list(20_000, "9999"), tooLong},
		"a pattern for a long text":              {of(`{"pattern":"(a|b){300}c"}`), features.JSON(`{"a":["` + strings.Repeat("ab", 30_000) + `"]}`), tooLong},
		"many items":                             {of(`{"anyOf":[{"type":"integer"},{"type":"string"}]}`), list(30_000, "7"), ""},
		"a constant":                             {of(`{"const":{"a":[1]}}`), list(5, `{"a":[2]}`), "/a/0 'const' failed"},
		"a listed value":                         {of(`{"enum":["x",2]}`), list(3, `2.0`), ""},
		"a value that is not listed":             {of(`{"enum":["x",2]}`), list(3, `"y"`), "/a/0 value must be one of"},
		"a format of an older version":           {`{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"items":{"format":"email"}}}}`, list(1, `"y"`), "email"},
		"a number no client holds":               {of(`{"minimum":1}`), list(1, `1e9999999`), "is out of range"},
		"a number that is too long":              {of(`{"minimum":1}`), list(1, strings.Repeat("1", 401)), "is out of range"},
		"a number within":                        {of(`{"minimum":1}`), `{"a":{"b":[1e-9999999]}}`, "is out of range"},
	} {
		f := feature(1, "limit")
		f.Type, f.Constraints = features.JSONType, features.Constraints{Schema: c.schema}
		err := f.CheckValue(features.Value{Data: c.data})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
