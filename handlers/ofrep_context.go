package handlers

import "fmt"

// ofrepContext is what a call says of whom it asks for (spec §5). What else its context says concerns no rule.
type ofrepContext struct {
	targetingKey, userID, role, postalCode string
}

// The names that OFREP has for what is wrong with a call.
const (
	parseError          = "PARSE_ERROR"
	invalidContext      = "INVALID_CONTEXT"
	targetingKeyMissing = "TARGETING_KEY_MISSING"
	flagNotFound        = "FLAG_NOT_FOUND"
	generalError        = "GENERAL"
)

// ofrepRefusal is what is wrong with a call, as OFREP says it.
type ofrepRefusal struct {
	Key     string `json:"key,omitempty"` // of the flag asked for, where it was one
	Code    string `json:"errorCode"`
	Details string `json:"errorDetails"`
}

// ofrepReader reads the body of a call, in one pass and keeping nothing but what rules look at.
type ofrepReader struct {
	jsonScan
	found   ofrepContext
	given   bool   // there is a context
	notText string // a member of it that has to be text and is not
}

func readOFREPContext(body []byte) (ofrepContext, *ofrepRefusal) {
	r := &ofrepReader{jsonScan: jsonScan{text: body}}
	whole := r.next() == '{' && r.object(r.member) && r.next() == 0 && r.at == len(body)
	switch {
	case !whole:
		line, column := position(body, int64(r.at)+1)
		return r.found, &ofrepRefusal{Code: parseError, Details: fmt.Sprintf("Send one JSON object: %s, at line %d, column %d.", r.problem(), line, column)}
	case !r.given:
		return r.found, &ofrepRefusal{Code: invalidContext, Details: `Send an object "context" with the account's "targetingKey".`}
	case r.notText != "":
		return r.found, &ofrepRefusal{Code: invalidContext, Details: fmt.Sprintf("%q in the context must be a string.", r.notText)}
	case r.found.targetingKey == "":
		return r.found, &ofrepRefusal{Code: targetingKeyMissing, Details: `Give the account's "targetingKey" in the context.`}
	}
	return r.found, nil
}

// member reads one member of the body. Of several contexts the last counts, as everywhere in JSON.
func (r *ofrepReader) member(name string) bool {
	if name != "context" {
		return r.value()
	}
	r.found, r.notText = ofrepContext{}, ""
	if r.given = r.next() == '{'; r.given {
		return r.object(r.contextMember)
	}
	return r.value()
}

func (r *ofrepReader) contextMember(name string) bool {
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
	return r.value()
}

// word reads a member that has to be text; null is none.
func (r *ofrepReader) word(name string, into *string) bool {
	*into = ""
	switch r.next() {
	case '"':
		var ok bool
		*into, ok = r.string()
		return ok
	case 'n':
	default:
		r.notText = name
	}
	return r.value()
}
