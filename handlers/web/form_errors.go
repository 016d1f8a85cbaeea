package web

import (
	"errors"

	"flagstone/features"
)

// FieldErrors gives the problems of a form by field, for showing them beside the fields; nil when err is something else.
// What concerns no field stands under "".
func FieldErrors(err error) map[string]string {
	var problems features.Problems
	var one *features.Error
	if !errors.As(err, &problems) && errors.As(err, &one) && one.Kind == features.Invalid {
		problems = features.Problems{one}
	}
	if len(problems) == 0 {
		return nil
	}
	fields := make(map[string]string, len(problems))
	for _, problem := range problems {
		if fields[problem.Field] == "" {
			fields[problem.Field] = problem.Message
		}
	}
	return fields
}

// Refusal returns an error that blames a field of the request.
func Refusal(field, message string) *features.Error {
	return &features.Error{Kind: features.Invalid, Field: field, Message: message}
}
