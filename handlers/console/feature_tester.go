package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// ShowTester says what the feature is for the context that the address gives, and why.
func (s *Surface) ShowTester(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	query := func(name string) string { return strings.TrimSpace(c.QueryParam(name)) }
	m := views.TesterModel{
		Frame: s.featureFrame(c, feature, "tester"), Account: query("account"), User: query("user"), Role: query("role"),
		PostalCode: query("postal_code"),
	}
	if len(c.QueryParams()) > 0 {
		s.test(feature, &m)
	}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, feature.Name+": tester", "features"), views.TesterPage(m)))
}

// test evaluates the feature for the context of the form.
func (s *Surface) test(f *features.Feature, m *views.TesterModel) {
	context := features.Context{
		Account: s.Live.Accounts().Find(m.Account), TargetingKey: m.Account, Role: m.Role, PostalCode: m.PostalCode,
	}
	if m.User != "" {
		context.User = s.peopleNamed([]string{m.User}).keys([]string{m.User})[0]
	}
	at, catalogue := time.Now(), s.Live.Catalogue()
	explanation := catalogue.Explain(f, &context, at)
	e := explanation.Evaluation
	m.Result = &views.TestResult{
		Badge: valueBadge(e.Value), Value: valueText(e.Value), Variant: e.Variant, Source: string(e.Source), Whom: m.Account,
		Why: views.WhyModel{Title: explanation.Sentence(), Steps: traceOf(explanation)},
	}
	switch {
	case m.Account == "":
		m.Result.Whom = "no account"
	case context.Account == nil:
		m.Result.Note = "No account has this key. It is evaluated as over OFREP: by this key alone, without overrides."
	default:
		m.Result.Whom, m.Result.AccountURL = context.Account.Name, accountLink(context.Account).URL
		if context.User == "" && context.Role == "" && catalogue.State(f, context.Account, at) == features.Some {
			m.Result.Note = "Some of its users have it. Enter a user or a role to evaluate it for one of them."
		}
	}
}

func traceOf(e features.Explanation) (steps []views.TraceStep) {
	for _, step := range e.Steps {
		steps = append(steps, views.TraceStep(step))
	}
	return steps
}
