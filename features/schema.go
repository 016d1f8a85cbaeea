package features

import (
	"errors"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"flagstone/words"
)

// schema is a JSON Schema ready to check values. Checking one value may take only so much work.
type schema struct {
	*jsonschema.Schema
	meter *meter
}

// noSchemas refuses schemas that a schema refers to elsewhere: none is ever fetched.
type noSchemas struct{}

func (noSchemas) Load(address string) (any, error) {
	return nil, errors.New("it refers to " + quote(address) + ", which is outside of the schema")
}

// compile makes a schema ready, whatever the work that it may take: that is bounded where it is written, and where it is
// used.
func (c Constraints) compile() (*schema, error) {
	document, err := DecodeJSON([]byte(c.Schema))
	if err != nil {
		return nil, err
	}
	m := &meter{}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noSchemas{})
	compiler.UseRegexpEngine(m.pattern)
	const name = "urn:schema"                // absolute: a relative one would be looked for, and named, beside the program
	_ = compiler.AddResource(name, document) // it refuses a second of the same name alone
	compiled, err := compiler.Compile(name)
	if err != nil {
		return nil, err
	}
	return &schema{compiled, m}, checkReferences(compiled)
}

// checkReferences refuses references of which only a value would tell where they lead.
func checkReferences(root *jsonschema.Schema) error {
	for _, part := range schemaParts(root) {
		if part.DynamicRef != nil && part.DynamicRef.Anchor != "" || part.RecursiveRef != nil && part.RecursiveRef.RecursiveAnchor {
			return errors.New("$dynamicRef and $recursiveRef are not supported: use $ref")
		}
	}
	return nil
}

// schemaFault returns what is wrong with the schema as people write it, or "".
func (c Constraints) schemaFault() string {
	compiled, err := c.compile()
	if err != nil {
		return "This is not a valid JSON Schema: " + schemaError(err) + "."
	}
	return boundSchema(compiled.Schema)
}

// measure makes every part of the schema count its work.
func (s *schema) measure() *schema {
	for _, part := range schemaParts(s.Schema) {
		s.meter.attach(part)
	}
	return s
}

// fault returns what is wrong with data by the schema, or "".
func (s *schema) fault(data JSON) (fault string) {
	value, err := DecodeJSON([]byte(data))
	if err != nil {
		return "It does not match the feature's JSON Schema: " + schemaError(err) + "."
	}
	defer func() {
		if recover() != nil {
			fault = tooMuchWork
		}
	}()
	s.meter.left = maxSchemaWork
	if err := s.Validate(value); err != nil {
		return "It does not match the feature's JSON Schema: " + schemaError(err) + "."
	}
	return ""
}

// schemaError is what a JSON Schema finds wrong, or what is wrong with the schema itself, in one short line: where, and
// what.
func schemaError(err error) string {
	var broken *jsonschema.SchemaValidationError
	if errors.As(err, &broken) {
		err = broken.Err
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return words.Clipped(strings.ReplaceAll(err.Error(), "\n", " "))
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	found := invalid.DetailedOutput()
	return words.Clipped(strings.TrimPrefix(found.InstanceLocation+" ", " ") + found.Error.String())
}
