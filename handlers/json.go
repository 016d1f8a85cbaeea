package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
)

// maxDepth is how deep objects and arrays in a body may lie within each other.
const maxDepth = 32

// badJSON says where a body is no JSON.
func badJSON(body []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) { // there is nothing, or it breaks off
		return echo.NewHTTPError(http.StatusBadRequest, "The body is not JSON: it ends too early.")
	}
	line, column := position(body, syntax.Offset)
	return echo.NewHTTPError(http.StatusBadRequest, fmt.Sprintf("The body is not JSON: %v, at line %d, column %d.", err, line, column))
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
