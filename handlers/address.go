package handlers

import (
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// address is a path with its query, where there is one.
func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// given are the values of a query that say something.
func given(all map[string]string) url.Values {
	query := url.Values{}
	for name, value := range all {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// mostPages is how many pages any list may have: what lies before a page can be counted still.
const mostPages = 1_000_000

// pageNumber is the page of a list that a request asks for, the first unless it says.
func pageNumber(c echo.Context) (int, error) {
	text := c.QueryParam("page")
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > mostPages {
		return 0, &features.Error{Kind: features.NotFound, Message: "There is no such page of the list."}
	}
	return n, nil
}
