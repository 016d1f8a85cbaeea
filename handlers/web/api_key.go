package web

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// keyOf gives the API key that a request carries, "" for none. A bearer's token is one where keys are taken, and
// anywhere when it looks like one.
func keyOf(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if strings.EqualFold(scheme, "Bearer") && token != "" && (takesKeys(r.URL.Path) || strings.HasPrefix(token, features.KeyPrefix)) {
		return token
	}
	return r.Header.Get("X-API-Key")
}

// takesKeys tells the paths that programs call with a key.
func takesKeys(path string) bool {
	return strings.HasPrefix(path, "/api/v2/") || strings.HasPrefix(path, ofrepPath)
}

// keyCaller gives the program whose key a request carries. It refuses a key that is unknown, has been revoked, has
// expired or whose creator is no longer an admin, and any key where programs do not call.
func (s *Base) keyCaller(c echo.Context, secret string, at time.Time) (*caller, error) {
	if !takesKeys(c.Request().URL.Path) {
		return nil, Forbidden("API keys work only for /api/v2 and /ofrep. Remove the key from this request.")
	}
	key := s.Live.People().Key(sha256.Sum256([]byte(secret)))
	if key == nil {
		return nil, badKey(c, "Unknown API key. Check that it was copied completely, or create one in Settings.")
	}
	switch s.Live.People().KeyState(key, at) {
	case features.KeyRevoked:
		return nil, badKey(c, "This API key has been revoked. Ask an admin for another.")
	case features.KeyExpired:
		return nil, badKey(c, "This API key has expired. Ask an admin for another.")
	case features.KeyIdle:
		return nil, badKey(c, "The creator of this API key is disabled or no longer an admin. Ask an admin for another key.")
	}
	s.KeysUsed.touch(key.ID, key.Hash, at)
	return &caller{Key: key}, nil
}

func badKey(c echo.Context, message string) error {
	c.Response().Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	return &features.Error{Kind: features.Unauthenticated, Message: message}
}

// checkScope refuses a key whose scope does not have the rights of the one needed; "" is where no scope is enough.
func checkScope(key *features.APIKey, needed features.Scope) error {
	switch {
	case needed == "":
		return Forbidden("API keys cannot be used here. Sign in instead.")
	case !key.Scope.Covers(needed):
		return Forbidden(fmt.Sprintf("This API key has the scope %s. This call needs the scope %s.", key.Scope, needed))
	}
	return nil
}
