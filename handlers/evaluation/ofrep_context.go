package evaluation

import (
	"fmt"
	"sync"

	"flagstone/features"
)

// ofrepContext is what a call says of whom it asks for. What else its context says concerns no rule.
type ofrepContext struct {
	targetingKey, userID, role, postalCode string
}

// The names that OFREP has for what is wrong with a call.
const (
	parseError          = "PARSE_ERROR"
	invalidContext      = "INVALID_CONTEXT"
	targetingKeyMissing = "TARGETING_KEY_MISSING"
	flagNotFound        = "FLAG_NOT_FOUND"
	GeneralError        = "GENERAL"
)

// OfrepRefusal is what is wrong with a call, as OFREP says it.
type OfrepRefusal struct {
	Key     string `json:"key,omitempty"` // of the flag asked for, where it was one
	Code    string `json:"errorCode"`
	Details string `json:"errorDetails"`
}

// ofrepReader reads the body of a call, in one pass and keeping nothing but what rules look at. It is used again, as programs
// ask often.
type ofrepReader struct {
	features.JSONReader
	found   ofrepContext
	given   bool   // there is a context
	notText string // a member of it that has to be text and is not

	member, contextMember func(name string) error
}

var ofrepReaders = sync.Pool{New: func() any {
	r := new(ofrepReader)
	r.member, r.contextMember = r.readMember, r.readContextMember
	return r
}}

func readOFREPContext(body []byte) (ofrepContext, *OfrepRefusal) {
	r := ofrepReaders.Get().(*ofrepReader)
	defer ofrepReaders.Put(r)
	r.found, r.given, r.notText = ofrepContext{}, false, ""
	r.Reset(body)
	err := r.Object(r.member)
	if err == nil {
		err = r.End()
	}
	switch {
	case err != nil:
		return r.found, &OfrepRefusal{Code: parseError, Details: "Send one JSON object: " + err.Error() + "."}
	case !r.given:
		return r.found, &OfrepRefusal{Code: invalidContext, Details: `Send an object "context" with the account's "targetingKey".`}
	case r.notText != "":
		return r.found, &OfrepRefusal{Code: invalidContext, Details: fmt.Sprintf("%q in the context must be a string.", r.notText)}
	case r.found.targetingKey == "":
		return r.found, &OfrepRefusal{Code: targetingKeyMissing, Details: `Send the account's "targetingKey" in the context.`}
	}
	return r.found, nil
}

func (r *ofrepReader) readMember(name string) error {
	if name != "context" || r.Kind() != '{' {
		return r.Skip()
	}
	r.given = true
	return r.Object(r.contextMember)
}

func (r *ofrepReader) readContextMember(name string) error {
	switch name {
	case "targetingKey":
		return r.word(name, &r.found.targetingKey)
	case "userId":
		return r.word(name, &r.found.userID)
	case "role":
		return r.word(name, &r.found.role)
	case "postalCode":
		return r.word(name, &r.found.postalCode)
	}
	return r.Skip()
}

// word reads a member that has to be text; null is none.
func (r *ofrepReader) word(name string, into *string) (err error) {
	switch r.Kind() {
	case '"':
		*into, err = r.String()
		return err
	case 'n':
	default:
		r.notText = name
	}
	return r.Skip()
}
