package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// bindForm reads the members of a body over what a form has already. It refuses, by path, every member that the form does
// not have and every value that is not of its type.
func bindForm[T any](c echo.Context, form *T) error {
	members, err := readObject(c)
	if err != nil {
		return err
	}
	if err := checkForm[T](members); err != nil {
		return err
	}
	return fill(form, members)
}

// bindPatch reads a JSON merge patch (RFC 7396) and gives the form that it makes of the current one: members left out
// stay, null takes back what a fresh form has. Some members are fixed: they may only be said as they are.
func bindPatch[T any](c echo.Context, current, fresh T, fixed ...string) (T, error) {
	patch, err := readObject(c)
	if err != nil {
		return fresh, err
	}
	if err := checkForm[T](patch); err != nil {
		return fresh, err
	}
	members, err := membersOf(current)
	if err != nil {
		return fresh, err
	}
	var problems features.Problems
	for _, name := range fixed {
		if wanted, said := patch[name]; said && !reflect.DeepEqual(wanted, members[name]) {
			problems = append(problems, refusal(name, "This cannot be changed."))
		}
	}
	if problems != nil {
		return fresh, problems
	}
	return fresh, fill(&fresh, merged(members, patch))
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

// readObject reads a body that is one JSON object.
func readObject(c echo.Context) (map[string]any, error) {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return nil, err
	}
	if err := checkDepth(body); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, badJSON(body, err)
	}
	members, ok := value.(map[string]any)
	if _, err := decoder.Token(); !ok || !errors.Is(err, io.EOF) {
		return nil, echo.NewHTTPError(http.StatusBadRequest, "Send one JSON object and nothing behind it.")
	}
	return members, nil
}

// membersOf gives a form as a JSON object.
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

// checkForm refuses, by path, what of an object a form has no room for.
func checkForm[T any](members map[string]any) error {
	var m misfits
	m.look("", members, reflect.TypeFor[T]())
	return m.Err()
}

// misfits are what of a JSON value its type has no room for. Entries of a list are counted from 0.
type misfits struct{ features.Problems }

func (m *misfits) add(path, message string) { m.Problems = append(m.Problems, refusal(path, message)) }

var unmarshals = reflect.TypeFor[json.Unmarshaler]()

func (m *misfits) look(path string, value any, t reflect.Type) {
	switch {
	case value == nil:
	case t.Kind() == reflect.Pointer:
		m.look(path, value, t.Elem())
	case reflect.PointerTo(t).Implements(unmarshals):
		m.try(path, value, t)
	case t.Kind() == reflect.Struct:
		m.object(path, value, t)
	case t.Kind() == reflect.Slice:
		m.list(path, value, t)
	default:
		m.plain(path, value, t.Kind())
	}
}

// try has a type read the value for itself.
func (m *misfits) try(path string, value any, t reflect.Type) {
	text, _ := json.Marshal(value) // what has been decoded always encodes
	err := json.Unmarshal(text, reflect.New(t).Interface())
	var said *features.Error
	switch {
	case err == nil:
	case errors.As(err, &said):
		m.add(path, said.Message)
	case t == reflect.TypeFor[time.Time]():
		m.add(path, "Write a moment with its zone, such as 2026-12-31T18:00:00Z.")
	default:
		m.add(path, "This cannot be read: "+err.Error()+".")
	}
}

func (m *misfits) object(path string, value any, t reflect.Type) {
	members, ok := value.(map[string]any)
	if !ok {
		m.add(path, "This must be an object.")
		return
	}
	known := make(map[string]reflect.Type)
	for _, field := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			known[name] = field.Type
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if at := below(path, name); known[name] == nil {
			m.add(at, "There is no member "+strconv.Quote(name)+" here.")
		} else {
			m.look(at, members[name], known[name])
		}
	}
}

func (m *misfits) list(path string, value any, t reflect.Type) {
	entries, ok := value.([]any)
	if !ok {
		m.add(path, "This must be a list.")
		return
	}
	for i, entry := range entries {
		m.look(below(path, strconv.Itoa(i)), entry, t.Elem())
	}
}

func below(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

// plain looks at a text, a switch or a number.
func (m *misfits) plain(path string, value any, kind reflect.Kind) {
	var fits bool
	wanted := "a text"
	switch kind {
	case reflect.Bool:
		wanted = "true or false"
		_, fits = value.(bool)
	case reflect.Int, reflect.Int64:
		wanted = "a whole number"
		number, _ := value.(json.Number)
		_, err := number.Int64()
		fits = err == nil
	default:
		_, fits = value.(string)
	}
	if !fits {
		m.add(path, "This must be "+wanted+".")
	}
}
