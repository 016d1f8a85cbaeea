package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// maxDepth is how deep objects and arrays in a body may lie within each other.
const maxDepth = 32

// bindJSON reads a body into a value. It refuses, with 400 and the place, what is not one JSON value, lies too deep or
// has members that the call does not know.
func bindJSON(c echo.Context, into any) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	if err := checkDepth(body); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return badJSON(body, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return echo.NewHTTPError(http.StatusBadRequest, "Send one JSON value and nothing behind it.")
	}
	return nil
}

// badJSON says where a body is wrong.
func badJSON(body []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line, column := position(body, syntax.Offset)
		return echo.NewHTTPError(http.StatusBadRequest, fmt.Sprintf("The body is not JSON: %v, at line %d, column %d.", err, line, column))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return echo.NewHTTPError(http.StatusBadRequest, "The body is not JSON: it ends too early.")
	case errors.As(err, &kind) && kind.Field != "":
		return &features.Error{Kind: features.Invalid, Field: kind.Field, Message: "This must be a " + kind.Type.String() + ", not a " + kind.Value + "."}
	}
	return echo.NewHTTPError(http.StatusBadRequest, "The body does not fit: "+err.Error()+".")
}

// position turns the offset behind a wrong byte into the byte's line and column, from 1.
func position(body []byte, offset int64) (line, column int) {
	before := body[:max(0, min(int(offset), len(body))-1)]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}

// checkDepth refuses nesting beyond maxDepth before anything is built from it.
func checkDepth(body []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch b := body[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return echo.NewHTTPError(http.StatusBadRequest, fmt.Sprintf("The body is nested deeper than %d levels.", maxDepth))
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return nil
}
