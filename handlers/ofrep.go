package handlers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// ofrepPath is where OpenFeature's remote evaluation protocol begins (docs/openfeature.md).
const ofrepPath = "/ofrep/"

func isOFREP(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, ofrepPath) || r.URL.Path == strings.TrimSuffix(ofrepPath, "/")
}

// ofrepFlag answers what one feature is for a context.
func (s *Server) ofrepFlag(c echo.Context) error {
	key := c.Param("key")
	who, refusal, err := s.ofrepContext(c)
	if err != nil {
		return err
	}
	if refusal != nil {
		refusal.Key = key
		return answerOFREP(c, http.StatusBadRequest, refusal)
	}
	now, catalogue := time.Now(), s.live.Catalogue()
	feature, err := catalogue.Feature(key)
	if err != nil {
		return answerOFREP(c, http.StatusNotFound, &ofrepRefusal{Key: key, Code: flagNotFound, Details: fmt.Sprintf("There is no feature %q.", key)})
	}
	s.asked.of(feature.ID).at.Store(now.UnixMilli())
	s.metrics.evaluations.ofrep.Inc()
	w := newOFREPWriter(catalogue, who)
	defer ofrepWriters.Put(w)
	w.flag(feature, catalogue.Evaluate(feature, who, now))
	return answerJSON(c, w.body)
}

// ofrepFlags answers what every active feature is for a context, or that nothing has changed since.
func (s *Server) ofrepFlags(c echo.Context) error {
	who, refusal, err := s.ofrepContext(c)
	if err != nil {
		return err
	}
	if refusal != nil {
		return answerOFREP(c, http.StatusBadRequest, refusal)
	}
	now, names := time.Now(), s.names()
	names.ask(now)
	s.metrics.evaluations.ofrep.Add(float64(len(names.active)))
	w := newOFREPWriter(names.catalogue, who)
	defer ofrepWriters.Put(w)
	w.flags(names.evaluate(who, now))
	tag := etagOf(w.body)
	c.Response().Header().Set("ETag", tag)
	if isKnown(c.Request(), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return answerJSON(c, w.body)
}

// ofrepContext reads whom a call asks for, or says what is wrong with it.
func (s *Server) ofrepContext(c echo.Context) (*features.Context, *ofrepRefusal, error) {
	body, err := readBody(c.Request())
	if err != nil {
		return nil, nil, err
	}
	given, refusal := readOFREPContext(body)
	if refusal != nil {
		return nil, refusal, nil
	}
	return &features.Context{
		Account: s.live.Accounts().Find(given.targetingKey), TargetingKey: given.targetingKey,
		User: given.userID, Role: given.role, PostalCode: given.postalCode,
	}, nil, nil
}

// ofrepWriter appends flags as OFREP has them. There is no reflection in it and it is used again, as programs ask often.
type ofrepWriter struct {
	body []byte
	rest []byte // the end of the metadata of every flag of an answer
}

var ofrepWriters = sync.Pool{New: func() any { return new(ofrepWriter) }}

// newOFREPWriter gives an empty writer, for who puts it back.
func newOFREPWriter(catalogue *features.Catalogue, who *features.Context) *ofrepWriter {
	var plan features.Tier
	if who.Account != nil {
		plan, _ = catalogue.Tier(who.Account.TierID)
	}
	w := ofrepWriters.Get().(*ofrepWriter)
	w.body = w.body[:0]
	w.rest = append(append(append(w.rest[:0], `","tier":"`...), plan.Key...), `","revision":`...)
	w.rest = strconv.AppendInt(w.rest, catalogue.AccountRevision(who.Account), 10)
	if who.Account == nil {
		w.rest = append(w.rest, `,"known":false`...)
	}
	w.rest = append(w.rest, '}')
	return w
}

// flags appends the whole answer to a bulk call.
func (w *ofrepWriter) flags(all iter.Seq2[*flagName, features.Evaluation]) {
	w.body = append(w.body, `{"flags":[`...)
	first := len(w.body)
	for name, e := range all {
		if len(w.body) > first {
			w.body = append(w.body, ',')
		}
		w.flag(name.feature, e)
	}
	w.body = append(w.body, `]}`...)
}

// flag appends one flag. A boolean feature that is off is false, so that off means off; one of another type that is off
// has no value and is disabled, upon which a client uses its own default. Keys, variants and sources are plain words,
// which need no escaping, and data is JSON.
func (w *ofrepWriter) flag(f *features.Feature, e features.Evaluation) {
	b := append(append(w.body, `{"key":"`...), f.Key...)
	reason := ofrepReason(f, e.Source)
	switch {
	case f.Type.IsBoolean():
		b = strconv.AppendBool(append(b, `","value":`...), e.Value.Enabled)
	case e.Value.Enabled && e.Value.Data != "":
		b = append(append(b, `","value":`...), e.Value.Data...)
	default:
		b, reason = append(b, '"'), "DISABLED"
	}
	b = append(append(b, `,"reason":"`...), reason...)
	b = append(append(b, `","variant":"`...), cmp.Or(e.Variant, features.OnOff(e.Value.Enabled))...)
	b = append(append(b, `","metadata":{"source":"`...), e.Source...)
	w.body = append(append(b, w.rest...), '}')
}

// ofrepReason says in OpenFeature's words which kind of rule gave a value.
func ofrepReason(f *features.Feature, source features.Source) string {
	switch source {
	case features.SourceSplit:
		return "SPLIT"
	case features.SourceRollout:
		if f.Rollout.Strategy == features.ToPercentage {
			return "SPLIT"
		}
		return "TARGETING_MATCH"
	case features.SourceOverride, features.SourceTier, features.SourceDependency, features.SourceConflict:
		return "TARGETING_MATCH"
	}
	return "STATIC"
}

// jsonContent is the content type of every answer of OFREP; all share the value.
var jsonContent = []string{echo.MIMEApplicationJSON}

// answerJSON answers with JSON that is encoded already.
func answerJSON(c echo.Context, body []byte) error {
	h := c.Response().Header()
	h["Content-Type"] = jsonContent
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.Response().WriteHeader(http.StatusOK)
	_, err := c.Response().Write(body)
	return err
}

func answerOFREP(c echo.Context, status int, refusal *ofrepRefusal) error {
	body, err := json.Marshal(refusal)
	if err != nil {
		return err
	}
	c.Response().Header()["Content-Type"] = jsonContent
	c.Response().WriteHeader(status)
	_, err = c.Response().Write(body)
	return err
}
