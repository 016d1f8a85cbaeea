// Package features decides which features each account has. It is pure: it knows neither SQL nor HTTP, reads no
// clock of its own, and every surface (console, portal, command line) asks the same engine.
package features

import (
	"errors"
	"strings"
	"time"
)

// Kind says what sort of refusal an Error is, so that each surface can answer in its own way.
type Kind int

// The kinds of refusal. Every other error is internal: logged whole and shown as one calm sentence.
const (
	Invalid         Kind = iota + 1 // the input breaks a rule; Field names where
	NotFound                        // what was asked for does not exist
	Conflict                        // someone else changed it first, or it clashes with what is there
	Forbidden                       // known, but not allowed
	Unauthenticated                 // not signed in
	Unavailable                     // cannot be done now, but later: RetryAfter is when
	TooMany                         // asked too often: RetryAfter is when it may be asked again
)

// Error is a refusal that a person can act on: what was wrong, where, and how to mend it.
type Error struct {
	Kind    Kind
	Field   string // the form field, CSV column or JSON member, when there is one
	Message string
	Err     error // the cause, for the log only

	RetryAfter time.Duration // for Unavailable and TooMany: how long to wait before trying again
}

func (e *Error) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of the first Error in err's tree, or of its Problems; 0 when err is internal or nil.
func KindOf(err error) Kind {
	var problems Problems
	if errors.As(err, &problems) {
		return problems.Kind()
	}
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Kind
	}
	return 0
}

// Problems are several refusals of one input, in the order of its fields.
type Problems []*Error

// Kind is the kind that all have, else Invalid.
func (p Problems) Kind() Kind {
	kind := Invalid
	for i, problem := range p {
		if i > 0 && problem.Kind != kind {
			return Invalid
		}
		kind = problem.Kind
	}
	return kind
}

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "; ")
}

// Unwrap lets errors.As find each refusal.
func (p Problems) Unwrap() []error {
	all := make([]error, len(p))
	for i, problem := range p {
		all[i] = problem
	}
	return all
}

// Err gives nil when there are no problems, so that a validator can end with "return problems.Err()".
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Together gives the problems of several checks of one input as one answer, or nil when all passed.
func Together(checks ...error) error {
	var all Problems
	for _, check := range checks {
		var some Problems
		if errors.As(check, &some) {
			all = append(all, some...)
		}
	}
	return all.Err()
}

func (p *Problems) add(field, message string) {
	*p = append(*p, &Error{Kind: Invalid, Field: field, Message: message})
}

func notFound(message string) error { return &Error{Kind: NotFound, Message: message} }
