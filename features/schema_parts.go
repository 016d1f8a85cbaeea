package features

import (
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaParts are all parts of a schema that may check anything, itself first.
func schemaParts(root *jsonschema.Schema) []*jsonschema.Schema {
	found := map[*jsonschema.Schema]bool{root: true}
	parts := []*jsonschema.Schema{root}
	for i := 0; i < len(parts); i++ {
		next := append(appliedBy(parts[i]), propertiesOf(parts[i]).list()...)
		for _, part := range append(next, itemsOf(parts[i]).list()...) {
			if !found[part] {
				found[part] = true
				parts = append(parts, part)
			}
		}
	}
	return parts
}

// appliedBy are the parts that a part holds against the same value.
func appliedBy(s *jsonschema.Schema) []*jsonschema.Schema {
	parts := []*jsonschema.Schema{s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else}
	if s.DynamicRef != nil {
		parts = append(parts, s.DynamicRef.Ref)
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		parts = append(parts, list...)
	}
	for _, part := range s.DependentSchemas {
		parts = append(parts, part)
	}
	for _, dependency := range s.Dependencies {
		parts = append(parts, partOf(dependency))
	}
	return present(parts)
}

// members are the parts that a part holds against the properties, or the items, of a value.
type members struct {
	named  map[string]*jsonschema.Schema // by name or place
	others []*jsonschema.Schema          // those that are not named
	all    []*jsonschema.Schema
}

func (m members) list() []*jsonschema.Schema {
	parts := append(m.others, m.all...)
	for _, part := range m.named {
		parts = append(parts, part)
	}
	return parts
}

func propertiesOf(s *jsonschema.Schema) members {
	m := members{
		named: s.Properties, others: present([]*jsonschema.Schema{partOf(s.AdditionalProperties), s.UnevaluatedProperties}),
		all: present([]*jsonschema.Schema{s.PropertyNames}),
	}
	for _, part := range s.PatternProperties {
		m.all = append(m.all, part)
	}
	return m
}

func itemsOf(s *jsonschema.Schema) members {
	m := members{
		named:  make(map[string]*jsonschema.Schema),
		others: present([]*jsonschema.Schema{partOf(s.Items), s.Items2020, partOf(s.AdditionalItems), s.UnevaluatedItems}),
		all:    present([]*jsonschema.Schema{s.Contains}),
	}
	placed, _ := s.Items.([]*jsonschema.Schema)
	for place, part := range append(placed, s.PrefixItems...) {
		m.named[strconv.Itoa(place)] = part
	}
	return m
}

// partOf is a part that stands where something else may stand, or nil.
func partOf(either any) *jsonschema.Schema {
	part, _ := either.(*jsonschema.Schema)
	return part
}

func present(parts []*jsonschema.Schema) (there []*jsonschema.Schema) {
	for _, part := range parts {
		if part != nil {
			there = append(there, part)
		}
	}
	return there
}
