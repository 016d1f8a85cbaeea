package evaluation

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
)

// OfrepFlag answers what one feature is for a context.
func (s *Surface) OfrepFlag(c echo.Context) error {
	key := c.Param("key")
	who, refusal, err := s.ofrepContext(c)
	if err != nil {
		return err
	}
	if refusal != nil {
		refusal.Key = key
		return AnswerOFREP(c, http.StatusBadRequest, refusal)
	}
	now, catalogue := time.Now(), s.Live.Catalogue()
	feature, err := catalogue.Feature(key)
	if err != nil {
		return AnswerOFREP(c, http.StatusNotFound, &OfrepRefusal{Key: key, Code: flagNotFound, Details: fmt.Sprintf("There is no feature %q.", key)})
	}
	s.NoteAsked(feature.ID, now)
	s.Metrics.Evaluations.Ofrep.Inc()
	w := newOFREPWriter(catalogue, who)
	defer ofrepWriters.Put(w)
	w.flag(feature, catalogue.Evaluate(feature, who, now))
	return answerJSON(c, w.body)
}

// OfrepFlags answers what every active feature is for a context, or that nothing has changed since.
func (s *Surface) OfrepFlags(c echo.Context) error {
	who, refusal, err := s.ofrepContext(c)
	if err != nil {
		return err
	}
	if refusal != nil {
		return AnswerOFREP(c, http.StatusBadRequest, refusal)
	}
	now, names := time.Now(), s.names()
	names.ask(now)
	s.Metrics.Evaluations.Ofrep.Add(float64(len(names.active)))
	w := newOFREPWriter(names.catalogue, who)
	defer ofrepWriters.Put(w)
	w.flags(names.evaluate(who, now))
	tag := web.ETagOf(w.body)
	c.Response().Header().Set("ETag", tag)
	if web.IsKnown(c.Request(), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return answerJSON(c, w.body)
}

// ofrepContext reads whom a call asks for, or says what is wrong with it.
func (s *Surface) ofrepContext(c echo.Context) (*features.Context, *OfrepRefusal, error) {
	body, err := web.ReadBody(c.Request())
	if err != nil {
		return nil, nil, err
	}
	given, refusal := readOFREPContext(body)
	if refusal != nil {
		return nil, refusal, nil
	}
	return &features.Context{
		Account: s.Live.Accounts().Find(given.targetingKey), TargetingKey: given.targetingKey,
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

// AnswerOFREP answers a request of OFREP with a refusal in the protocol's own form.
func AnswerOFREP(c echo.Context, status int, refusal *OfrepRefusal) error {
	body, err := json.Marshal(refusal)
	if err != nil {
		return err
	}
	c.Response().Header()["Content-Type"] = jsonContent
	c.Response().WriteHeader(status)
	_, err = c.Response().Write(body)
	return err
}
