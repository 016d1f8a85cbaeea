package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// ahead is an account as an override not yet saved would leave it.
type ahead struct {
	obstacle string              // why the override would take no effect now; "" where it does
	goOff    []*features.Feature // others that go off by it: they need the feature, or conflict with it
	missing  []*features.Feature // to be switched on with it for it to take effect; nil where that would not help
	reaches  bool                // other features change for the account
}

// worthAsking tells whether a person is asked first: an override that takes no effect, or takes others with it.
func (a ahead) worthAsking() bool { return a.obstacle != "" || len(a.goOff) > 0 }

// lookAhead says what an override would do to its account.
func (s *Server) lookAhead(x cell, change db.OverrideChange) ahead {
	at, catalogue := time.Now(), s.live.Catalogue()
	overrides := []features.Override{{FeatureID: x.feature.ID, Value: change.Value, Variant: change.Variant}}
	missing := catalogue.Missing(x.feature, x.account, at)
	if change.Needs {
		overrides = append(overrides, alongOverrides(catalogue, x.account, missing)...)
	}
	after := x.account.With(overrides...)
	a := s.lookAheadTo(x, after)
	a.reaches = a.reaches || change.Needs && len(missing) > 0
	would := cell{account: after, feature: x.feature}
	standing := would.standing(catalogue, at)
	if !takesEffect(change, standing) {
		a.obstacle = would.obstacle(catalogue, standing, at)
		helped := cell{account: after.With(alongOverrides(catalogue, x.account, missing)...), feature: x.feature}
		if change.Value.Enabled && helped.standing(catalogue, at).State != features.Off && !locksAny(catalogue, x.account, missing) {
			a.missing = missing
		}
	}
	return a
}

// takesEffect tells whether what is asked for is what the account would have.
func takesEffect(change db.OverrideChange, s features.Standing) bool {
	if !change.Value.Enabled || s.State == features.Off {
		return change.Value.Enabled == (s.State != features.Off)
	}
	return change.Value.Data == "" || change.Value.Data == s.Value.Data
}

// alongOverrides are those that switch features on along with one that needs them.
func alongOverrides(catalogue *features.Catalogue, a *features.Account, list []*features.Feature) (overrides []features.Override) {
	for _, f := range list {
		overrides = append(overrides, features.Override{FeatureID: f.ID, Value: catalogue.ValueAlong(f, a)})
	}
	return overrides
}

func locksAny(catalogue *features.Catalogue, a *features.Account, list []*features.Feature) bool {
	return slices.ContainsFunc(list, func(f *features.Feature) bool { return catalogue.Locks(a.TierID, f) })
}

// lookAheadTo says which other features change for an account that becomes another version of itself.
func (s *Server) lookAheadTo(x cell, after *features.Account) (a ahead) {
	for _, e := range s.live.Effects(features.Proposal{Accounts: []*features.Account{after}, Features: []string{x.feature.Key}}, time.Now()) {
		if e.Feature.Key == x.feature.Key || e.Changes() == 0 {
			continue
		}
		a.reaches = true
		if len(e.Lose) > 0 {
			a.goOff = append(a.goOff, e.Feature)
		}
	}
	return a
}

// askOverride says what saving an override would do and asks whether to. Nothing is saved yet.
func (s *Server) askOverride(c echo.Context, x cell, form overrideForm, after ahead) error {
	m := views.QuestionModel{
		Title: x.feature.Name + " has no effect yet for " + x.account.Name, Action: x.url(), Hidden: form.again(c),
		Obstacle: after.obstacle, Answer: "Save anyway",
	}
	if form.editor {
		m.Hidden["editor"] = "1"
	}
	if after.obstacle == "" {
		state := features.OnOff(form.change.Value.Enabled)
		m.Title, m.Answer, m.Danger = "Switch "+x.feature.Name+" "+state+" for "+x.account.Name+"?", "Switch "+state, true
	}
	m.TurnsOn = form.change.Value.Enabled
	for _, f := range after.missing {
		m.Missing = append(m.Missing, f.Name)
	}
	return s.askAbout(c, x, form, m, after)
}

// askReset asks the same of taking an override away.
func (s *Server) askReset(c echo.Context, x cell, form overrideForm, after ahead) error {
	return s.askAbout(c, x, form, views.QuestionModel{
		Title: "Reset " + x.feature.Name + " for " + x.account.Name + "?", Action: x.url() + "/reset", Hidden: map[string]string{},
		Answer: "Reset", Danger: true,
	}, after)
}

// askAbout asks over the page, where the cell stays as it is stored, or on a page of its own.
func (s *Server) askAbout(c echo.Context, x cell, form overrideForm, m views.QuestionModel, after ahead) error {
	m.CSRFToken, m.Back = s.csrfToken(c), accountLink(x.account)
	m.Hidden["version"] = strconv.FormatInt(form.change.Version, 10)
	for _, f := range after.goOff {
		m.GoOff = append(m.GoOff, f.Name)
	}
	if !isHtmx(c) {
		return render(c, http.StatusOK, inShell(s.shell(c, m.Title, "accounts"), views.QuestionPage(m)))
	}
	stored, target, _, err := s.asStored(c)
	if err != nil {
		return err
	}
	m.Target = target
	return render(c, http.StatusOK, append(stored, views.IntoDialogs(views.QuestionDialog(m)))...)
}
