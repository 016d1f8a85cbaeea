// Package typescript writes the registry as TypeScript declarations, so that a portal's compiler knows every feature.
package typescript

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"flagstone/features"
)

const head = `/**
 * The features of this Flagstone's registry, written by Flagstone: do not edit. Get it anew with "flagstone types" or from
 * /api/types.d.ts whenever features come or go.
 *
 *   import { flags as client } from "https://flags.example.com/portal.js";
 *   import type { TypedFlags } from "./flagstone-types";
 *   export const flags: TypedFlags & Omit<typeof client, keyof TypedFlags> = client;
 */

`

const tail = `
/** What /portal.js knows, for the features of this registry alone. */
export interface TypedFlags {
  /** Whether a feature is on, by its key or its flag name. */
  readonly hasFeature: (key: FeatureKey | keyof FeatureFlags) => boolean;
  /** The value of a feature that is on; the fallback otherwise. */
  readonly value: <K extends FeatureKey>(key: K, fallback: FeatureValues[K]) => FeatureValues[K];
}
`

// Declarations gives the declarations of every feature in use, in the order of the registry.
func Declarations(catalogue *features.Catalogue) string {
	var active []*features.Feature
	for _, f := range catalogue.Features() {
		if f.Active {
			active = append(active, f)
		}
	}
	var b strings.Builder
	b.WriteString(head)
	writeKeys(&b, active)
	b.WriteString("\n/** What the value of each feature is while it is on. */\nexport interface FeatureValues {\n")
	for _, f := range active {
		writeMember(&b, f, strconv.Quote(f.Key), valueType(f))
	}
	b.WriteString("}\n\n/** The features that are on or off, as the member \"flags\" of /api/me/features names them. */\nexport interface FeatureFlags {\n")
	for _, f := range active {
		if f.Type.IsBoolean() {
			writeMember(&b, f, features.FlagName(f.Key), "boolean")
		}
	}
	b.WriteString("}\n")
	b.WriteString(tail)
	return b.String()
}

func writeKeys(b *strings.Builder, active []*features.Feature) {
	b.WriteString("/** The key of every feature. */\nexport type FeatureKey =")
	if len(active) == 0 {
		b.WriteString(" never")
	}
	for _, f := range active {
		b.WriteString("\n  | " + strconv.Quote(f.Key))
	}
	b.WriteString(";\n")
}

func writeMember(b *strings.Builder, f *features.Feature, name, kind string) {
	lines := commentLines(f.Name)
	if f.Description != "" {
		lines = append(append(lines, ""), commentLines(f.Description)...)
	}
	if f.Deprecated {
		message := strings.Join(commentLines(f.DeprecationMessage), " ")
		lines = append(lines, "", strings.TrimSpace("@deprecated "+message))
	}
	b.WriteString("  /**\n")
	for _, line := range lines {
		b.WriteString(strings.TrimRight("   * "+line, " ") + "\n")
	}
	b.WriteString("   */\n  " + name + ": " + kind + ";\n")
}

// commentLines keeps a text from ending the comment that it stands in, and from being taken for one of its tags.
func commentLines(text string) []string {
	lines := strings.Split(strings.ReplaceAll(text, "*/", "*\u200b/"), "\n")
	for i, line := range lines {
		if lines[i] = strings.TrimSpace(line); strings.HasPrefix(lines[i], "@") {
			lines[i] = "\\" + lines[i]
		}
	}
	return lines
}

// valueType is the type of a feature's values.
func valueType(f *features.Feature) string {
	switch f.Type {
	case features.IntegerType:
		return oneOf(f.Constraints.Enum, "number")
	case features.StringType:
		return oneOf(f.Constraints.Enum, "string")
	case features.JSONType:
		return objectType(f.Constraints.Schema)
	}
	return "boolean"
}

// oneOf is the union of the values of a list, or a type where there is none.
func oneOf(list []features.JSON, otherwise string) string {
	if len(list) == 0 {
		return otherwise
	}
	literals := make([]string, len(list))
	for i, one := range list {
		literals[i] = string(one)
	}
	return strings.Join(literals, " | ")
}

// anyObject is an object of which no more is known.
const anyObject = "Record<string, unknown>"

// objectType is the type that a feature's JSON Schema describes, as far as it is one of those in typeNamed; else any
// object.
func objectType(text features.JSON) string {
	var s schema
	if text == "" || json.Unmarshal([]byte(text), &s) != nil {
		return anyObject
	}
	if kind := s.typeOf("  "); strings.HasPrefix(kind, "{") || strings.HasPrefix(kind, "Record<") {
		return kind
	}
	return anyObject
}

// schema is what is read of a JSON Schema. What else it says narrows values further than a type can, or is not read at
// all: then the type is wider.
type schema struct {
	Type       names              `json:"type"`
	Enum       []any              `json:"enum"`
	Const      any                `json:"const"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Items      *schema            `json:"items"`
	Additional *schema            `json:"additionalProperties"`
	Nullable   bool               `json:"nullable"`

	anything bool // it is true, which allows all, or too odd to read
	nothing  bool // it is false, which allows nothing
}

// names is one name or a list of them.
type names []string

// UnmarshalJSON reads either.
func (n *names) UnmarshalJSON(text []byte) error {
	if text[0] != '"' {
		return json.Unmarshal(text, (*[]string)(n))
	}
	*n = names{""}
	return json.Unmarshal(text, &(*n)[0])
}

// UnmarshalJSON reads a schema, which may also be true or false. One that is not understood allows anything.
func (s *schema) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "true":
		s.anything = true
		return nil
	case "false":
		s.nothing = true
		return nil
	}
	type plain schema
	if json.Unmarshal(text, (*plain)(s)) != nil {
		*s = schema{anything: true}
	}
	return nil
}

// typeOf is the schema as a type, whose lines begin with an indent.
func (s *schema) typeOf(indent string) string {
	switch {
	case s == nil || s.anything:
		return "unknown"
	case s.nothing:
		return "never"
	case s.Const != nil:
		return literal(s.Const)
	case s.Enum != nil:
		kinds := make([]string, len(s.Enum))
		for i, one := range s.Enum {
			kinds[i] = literal(one)
		}
		return union(kinds)
	}
	kinds := make([]string, 0, len(s.Type)+1)
	for _, name := range s.Type {
		kinds = append(kinds, s.typeNamed(name, indent))
	}
	if s.Nullable {
		kinds = append(kinds, "null")
	}
	return union(kinds)
}

func (s *schema) typeNamed(name, indent string) string {
	switch name {
	case "string", "boolean", "null":
		return name
	case "number", "integer":
		return "number"
	case "array":
		return "ReadonlyArray<" + s.Items.typeOf(indent) + ">"
	case "object":
		return s.object(indent)
	}
	return "unknown"
}

// object is an object with its members by name; without any, what all of its members are.
func (s *schema) object(indent string) string {
	if len(s.Properties) == 0 {
		return "Record<string, " + s.Additional.typeOf(indent) + ">"
	}
	members := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		members = append(members, name)
	}
	slices.Sort(members)
	var b strings.Builder
	b.WriteString("{\n")
	for _, name := range members {
		mark := "?"
		if slices.Contains(s.Required, name) {
			mark = ""
		}
		b.WriteString(indent + "  " + memberName(name) + mark + ": " + s.Properties[name].typeOf(indent+"  ") + ";\n")
	}
	b.WriteString(indent + "}")
	return b.String()
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

func memberName(name string) string {
	if identifier.MatchString(name) {
		return name
	}
	return literal(name)
}

// literal is a value as a type: itself, where it is no object or list.
func literal(value any) string {
	switch value.(type) {
	case map[string]any:
		return anyObject
	case []any:
		return "ReadonlyArray<unknown>"
	}
	text, _ := json.Marshal(value) // what has been decoded always encodes
	return string(text)
}

// union joins types, each once; of none it allows all.
func union(kinds []string) string {
	var distinct []string
	for _, kind := range kinds {
		if !slices.Contains(distinct, kind) {
			distinct = append(distinct, kind)
		}
	}
	if len(distinct) == 0 || slices.Contains(distinct, "unknown") {
		return "unknown"
	}
	return strings.Join(distinct, " | ")
}
