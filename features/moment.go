package features

import "time"

// Moment returns a moment that somebody gave as it is kept, in milliseconds since 1970. One that is earlier is long past,
// and not no moment at all, which is what zero says.
func Moment(given time.Time) time.Time {
	return time.UnixMilli(max(given.UnixMilli(), 1)).UTC()
}
