package features

import "github.com/santhosh-tekuri/jsonschema/v6"

// maxSchemaChecks is how often the parts of a schema may check one way through a value, from the outside to the innermost.
// A schema that branches by reference again and again, or that recurs several times over, would check it without end.
const maxSchemaChecks = 10_000

// maxBoundWork is how many steps the look at a schema may take.
const maxBoundWork = 500_000

// Why a schema is refused.
const (
	schemaBranches = "Checking a value against this schema could take forever, because its parts refer to each other too often. Use fewer $ref within allOf, anyOf, oneOf and similar keywords."
	schemaCircle   = "A part of this schema refers to itself for the same value, which never ends. Let it refer to itself only for a property or an item."
)

// boundSchema returns why the check of a value by a schema could take forever, or "".
func boundSchema(root *jsonschema.Schema) string {
	b := schemaBound{
		around: make(map[*jsonschema.Schema]checks), within: make(map[*jsonschema.Schema][]checks), known: make(map[checkedAt]int),
	}
	if b.count(checkedAt{root, MaxJSONDepth}) > maxSchemaChecks && b.fault == "" {
		b.fault = schemaBranches
	}
	return b.fault
}

// checks are parts of a schema with how often each is held against the same value.
type checks map[*jsonschema.Schema]int

func (c checks) add(times int, parts ...*jsonschema.Schema) {
	for _, part := range parts {
		c[part] = min(c[part]+times, maxSchemaChecks+1)
	}
}

// schemaBound counts how often the parts of a schema may check one way through a value.
type schemaBound struct {
	around map[*jsonschema.Schema]checks   // what checks the same value as a part does, itself included; nil while under way
	within map[*jsonschema.Schema][]checks // what checks a property or an item, by one way to go after the other
	known  map[checkedAt]int
	steps  int
	fault  string
}

// checkedAt is a part that checks a value which is nested so many levels more.
type checkedAt struct {
	part   *jsonschema.Schema
	levels int
}

// count returns how many checks a part brings about on the worst way through a value, as far as maxSchemaChecks.
func (b *schemaBound) count(at checkedAt) int {
	if n, known := b.known[at]; known {
		return n
	}
	here, most := 0, 0
	for _, times := range b.same(at.part) {
		here += times
	}
	for _, way := range b.ways(at) {
		sum := 0
		for part, times := range way {
			if b.step(); b.fault == "" {
				sum = min(sum+times*b.count(checkedAt{part, at.levels - 1}), maxSchemaChecks+1)
			}
		}
		most = max(most, sum)
	}
	b.known[at] = min(here+most, maxSchemaChecks+1)
	return b.known[at]
}

func (b *schemaBound) step() {
	if b.steps++; b.steps > maxBoundWork && b.fault == "" {
		b.fault = schemaBranches
	}
}

// same returns what checks the same value as a part does.
func (b *schemaBound) same(s *jsonschema.Schema) checks {
	if all, begun := b.around[s]; begun {
		if all == nil && b.fault == "" {
			b.fault = schemaCircle
		}
		return all
	}
	b.around[s] = nil
	all := checks{s: 1}
	for _, part := range appliedBy(s) {
		if b.step(); b.fault != "" {
			break
		}
		for other, times := range b.same(part) {
			b.step()
			all.add(times, other)
		}
	}
	b.around[s] = all
	return all
}

// ways returns what checks one property, or one item, of a value that a part checks.
func (b *schemaBound) ways(at checkedAt) []checks {
	if at.levels == 0 || b.fault != "" {
		return nil
	}
	ways, known := b.within[at.part]
	if !known {
		ways = append(b.waysInto(at.part, propertiesOf), b.waysInto(at.part, itemsOf)...)
		b.within[at.part] = ways
	}
	return ways
}

// waysInto returns one way for each name or place that any part knows, and one for the others.
func (b *schemaBound) waysInto(s *jsonschema.Schema, membersOf func(*jsonschema.Schema) members) []checks {
	others := checks{}
	names := make(map[string]checks)
	for part, times := range b.around[s] {
		m := membersOf(part)
		others.add(times, append(m.others, m.all...)...)
		for name := range m.named {
			names[name] = checks{}
		}
	}
	ways := []checks{others}
	for name, way := range names {
		for part, times := range b.around[s] {
			if b.step(); b.fault != "" {
				return nil
			}
			m := membersOf(part)
			if named := m.named[name]; named != nil {
				way.add(times, named)
			} else {
				way.add(times, m.others...)
			}
			way.add(times, m.all...)
		}
		ways = append(ways, way)
	}
	return ways
}
