package adminapi

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
)

// listAnswer is one part of a list. Next is the cursor of what comes after it, null at the end.
type listAnswer struct {
	Items any     `json:"items"`
	Total *int    `json:"total,omitempty"` // how many there are altogether, where that is known
	Next  *string `json:"next"`
}

// The sizes of a part of a list.
const (
	usualLimit = 50
	mostLimit  = 500
)

// cursor is where something stands in a list: the numbers and text that the list is sorted by.
type cursor struct {
	Number int64  `json:"n,omitempty"`
	Text   string `json:"t,omitempty"`
	ID     int64  `json:"i,omitempty"`
}

func (p cursor) compare(o cursor) int {
	return cmp.Or(cmp.Compare(p.Number, o.Number), cmp.Compare(p.Text, o.Text), cmp.Compare(p.ID, o.ID))
}

// listQuery is which part of a list is asked for: at most limit of what stands after a spot.
type listQuery struct {
	limit int
	after cursor
	begun bool // there is a cursor
}

// readList reads limit and cursor, and refuses parameters that are neither these nor known.
func readList(c echo.Context, known ...string) (q listQuery, err error) {
	if err := checkQuery(c, append(known, "limit", "cursor")...); err != nil {
		return q, err
	}
	q.limit = usualLimit
	if text := c.QueryParam("limit"); text != "" {
		if q.limit, err = strconv.Atoi(text); err != nil || q.limit < 1 || q.limit > mostLimit {
			return q, web.Refusal("limit", "Enter a whole number from 1 to 500.")
		}
	}
	if cursor := c.QueryParam("cursor"); cursor != "" {
		q.begun = true
		text, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil || json.Unmarshal(text, &q.after) != nil {
			return q, web.Refusal("cursor", "Invalid cursor. Request the first page without one.")
		}
	}
	return q, nil
}

func (p cursor) cursor() string {
	text, _ := json.Marshal(p) // numbers and a text always encode
	return base64.RawURLEncoding.EncodeToString(text)
}

// pageOf gives the part of a list, sorted by its places, that is asked for, and the spot after which the next begins; nil
// at the end.
func pageOf[T any](q listQuery, list []T, of func(T) cursor) ([]T, *cursor) {
	if q.begun {
		from, found := slices.BinarySearchFunc(list, q.after, func(one T, after cursor) int { return of(one).compare(after) })
		if found {
			from++
		}
		list = list[from:]
	}
	return limited(q, list, of)
}

// limited cuts a list that begins where it is asked for and may be longer than is asked for.
func limited[T any](q listQuery, list []T, of func(T) cursor) ([]T, *cursor) {
	if len(list) <= q.limit {
		return list, nil
	}
	next := of(list[q.limit-1])
	return list[:q.limit], &next
}

// listPart is a part of a list, where the next is, and how many there are altogether.
type listPart[T any] struct {
	found []T
	next  *cursor
	total int
}

// answerList answers with a part of a list, and where the next is. total is how many there are altogether, -1 where that
// is not known.
func answerList[T, V any](c echo.Context, list []T, next *cursor, total int, view func(T) V) error {
	items := make([]V, len(list))
	for i, one := range list {
		items[i] = view(one)
	}
	answer := listAnswer{Items: items}
	if total >= 0 {
		answer.Total = &total
	}
	if next != nil {
		cursor := next.cursor()
		answer.Next = &cursor
		values := c.QueryParams()
		values.Set("cursor", cursor)
		address := url.URL{Path: c.Request().URL.Path, RawQuery: values.Encode()}
		c.Response().Header().Set("Link", "<"+address.String()+`>; rel="next"`)
	}
	return answerPrivate(c, 200, answer)
}
