package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/words"
)

// BindForm reads the members of a body over what a form has already. It refuses, by path, every member that the form does
// not have and every value that is not of its type.
func BindForm[T any](c echo.Context, form *T) error {
	members, err := readMembers[T](c)
	if err != nil {
		return err
	}
	return fill(form, members)
}

// Patch is a JSON merge patch (RFC 7396) of a form, which is read from a body when it is first needed.
type Patch[T any] struct {
	Body    echo.Context
	read    bool
	members map[string]any
}

// On returns the form that the patch makes of the current one: members left out stay, null takes back what a fresh form
// has. Some members are fixed: they may only be as they are.
func (p *Patch[T]) On(current, fresh T, fixed ...string) (form T, err error) {
	if !p.read {
		if p.members, err = readMembers[T](p.Body); err != nil {
			return fresh, err
		}
		p.read = true
	}
	members, err := membersOf(current)
	if err != nil {
		return fresh, err
	}
	var problems features.Problems
	for _, name := range fixed {
		if wanted, named := p.members[name]; named && !reflect.DeepEqual(wanted, members[name]) {
			problems = append(problems, Refusal(name, "This cannot be changed."))
		}
	}
	if problems != nil {
		return fresh, problems
	}
	return fresh, fill(&fresh, merged(members, p.members))
}

// merged is what a merge patch makes of an object.
func merged(members, patch map[string]any) map[string]any {
	if members == nil {
		members = make(map[string]any)
	}
	for name, value := range patch {
		if value == nil {
			delete(members, name)
		} else if inner, nested := value.(map[string]any); nested {
			before, _ := members[name].(map[string]any)
			members[name] = merged(before, inner)
		} else {
			members[name] = value
		}
	}
	return members
}

// membersOf returns a form as a JSON object.
func membersOf(form any) (members map[string]any, err error) {
	text, err := json.Marshal(form)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return members, decoder.Decode(&members)
}

// fill writes members that have been checked into a form; null leaves what is there.
func fill(form any, members map[string]any) error {
	text, err := json.Marshal(members)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, form)
}

// readMembers reads a body that is one JSON object, as the members of a form. It reads no further than the first problems,
// and builds no value that the form has no room for.
func readMembers[T any](c echo.Context) (map[string]any, error) {
	body, err := ReadBody(c.Request())
	if err != nil {
		return nil, err
	}
	if bytes.Count(body, []byte(":")) > mostMembers {
		return nil, echo.NewHTTPError(http.StatusRequestEntityTooLarge, "The body has too many members: at most 10,000.")
	}
	r := formReader{JSONReader: features.NewJSONReader(body)}
	members, err := r.object("", reflect.TypeFor[T]())
	if err == nil {
		err = r.End()
	}
	var fault *features.JSONFault
	switch {
	case errors.As(err, &fault):
		return nil, echo.NewHTTPError(http.StatusBadRequest, "The body cannot be read: "+fault.Error()+".")
	case err != nil && !errors.Is(err, errEnough):
		return nil, err
	}
	found, isObject := members.(map[string]any)
	if !isObject && len(r.problems) > 0 && r.problems[0].Field == "" {
		return nil, echo.NewHTTPError(http.StatusBadRequest, "Send one JSON object.")
	}
	return found, r.problems.Err()
}

// formReader reads JSON as a type has it, and collects what the type has no room for. Entries of a list are counted from
// 0.
type formReader struct {
	*features.JSONReader
	problems features.Problems
}

// errEnough ends the reading of a body that has more problems than are told.
var errEnough = errors.New("enough problems")

// A body may have so many members altogether (each is kept while its object is read, to find one that appears twice), and
// each list in it so many entries.
const (
	mostMembers = 10_000
	mostEntries = 10_000
)

func (r *formReader) add(path, message string) error {
	if r.problems = append(r.problems, Refusal(path, message)); len(r.problems) > mostProblems {
		return errEnough
	}
	return nil
}

// misfit passes over a value that is not of its type.
func (r *formReader) misfit(path, wanted string) error {
	if err := r.Skip(); err != nil {
		return err
	}
	return r.add(path, "This must be "+wanted+".")
}

var unmarshals = reflect.TypeFor[json.Unmarshaler]()

func (r *formReader) value(path string, t reflect.Type) (any, error) {
	switch {
	case r.Kind() == 'n':
		return r.Value()
	case t.Kind() == reflect.Pointer:
		return r.value(path, t.Elem())
	case reflect.PointerTo(t).Implements(unmarshals):
		return r.try(path, t)
	case t.Kind() == reflect.Struct:
		return r.object(path, t)
	case t.Kind() == reflect.Slice:
		return r.list(path, t)
	}
	return r.plain(path, t.Kind())
}

// try has a type read the value for itself.
func (r *formReader) try(path string, t reflect.Type) (any, error) {
	text, err := r.Raw()
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(text, reflect.New(t).Interface())
	var refused *features.Error
	switch {
	case err == nil:
		return features.DecodeJSON(text)
	case errors.As(err, &refused):
		return nil, r.add(path, refused.Message)
	case t == reflect.TypeFor[time.Time]():
		return nil, r.add(path, "Use a date and time with a time zone, such as 2026-12-31T18:00:00Z.")
	}
	return nil, r.add(path, "This cannot be read: "+err.Error()+".")
}

func (r *formReader) object(path string, t reflect.Type) (any, error) {
	if r.Kind() != '{' {
		return nil, r.misfit(path, "an object")
	}
	known := make(map[string]reflect.Type)
	for _, field := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			known[name] = field.Type
		}
	}
	members := make(map[string]any)
	err := r.Object(func(name string) (err error) {
		if known[name] != nil {
			members[name], err = r.value(below(path, name), known[name])
			return err
		}
		if err := r.Skip(); err != nil {
			return err
		}
		name = words.Clip(name, 100)
		return r.add(below(path, name), "Unknown member "+strconv.Quote(name)+" here.")
	})
	return members, err
}

func (r *formReader) list(path string, t reflect.Type) (any, error) {
	if r.Kind() != '[' {
		return nil, r.misfit(path, "a list")
	}
	entries := []any{}
	err := r.Array(func() error {
		if len(entries) == mostEntries {
			return errors.Join(r.add(path, "Send at most 10,000 entries."), errEnough)
		}
		entry, err := r.value(below(path, strconv.Itoa(len(entries))), t.Elem())
		entries = append(entries, entry)
		return err
	})
	return entries, err
}

func below(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

// plain reads a text, a switch or a number.
func (r *formReader) plain(path string, kind reflect.Kind) (any, error) {
	switch is := r.Kind(); kind {
	case reflect.Bool:
		if is != 't' && is != 'f' {
			return nil, r.misfit(path, "true or false")
		}
	case reflect.Int, reflect.Int64:
		if is != '0' {
			return nil, r.misfit(path, "a whole number")
		}
		return r.whole(path)
	default:
		if is != '"' {
			return nil, r.misfit(path, "a text")
		}
	}
	return r.Value()
}

// whole reads a whole number, also one that is written with a fraction of nothing.
func (r *formReader) whole(path string) (any, error) {
	value, err := r.Value()
	if err != nil {
		return nil, err
	}
	number := value.(json.Number)
	if _, err := number.Int64(); err == nil {
		return number, nil
	}
	n, _ := number.Float64() // which the reader has seen that it is
	if n != math.Trunc(n) || math.Abs(n) > 1<<53 {
		return nil, r.add(path, "This must be a whole number.")
	}
	return json.Number(strconv.FormatInt(int64(n), 10)), nil
}
