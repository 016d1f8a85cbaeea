package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// proposed is the feature, and the catalogue, as the form of one of its questions or editors would leave them.
func (s *Surface) proposed(c echo.Context, f *features.Feature) (*features.Feature, *features.Catalogue, error) {
	change, now := c.Param("change"), s.Live.Catalogue()
	switch change {
	case "rollout":
		form, err := s.readRollout(c, f)
		if err != nil {
			return nil, nil, err
		}
		changed, after := form.proposed(now, f)
		return changed, after, asError(form.problems)
	case "variants":
		form := readVariants(c, f)
		changed := f.With(func(f *features.Feature) { f.Variants = form.variants })
		return changed, now.With(changed), asError(form.problems)
	case "form":
		_, draft, problems := formOver(c, f)
		changed := draft.Feature(f)
		return changed, now.With(changed), asError(problems)
	case "enabled", "active":
		on, err := readSwitch(change, c.FormValue(change))
		changed := f.With(func(f *features.Feature) { *switchOf(f, change) = on })
		return changed, now.With(changed), err
	}
	return nil, nil, &features.Error{Kind: features.NotFound, Message: "There is no such change of a feature."}
}

// switchOf is what a switch of a feature moves.
func switchOf(f *features.Feature, change string) *bool {
	if change == "enabled" {
		return &f.Enabled
	}
	return &f.Active
}

// asError makes what is wrong with a form one refusal.
func asError(problems map[string]string) error {
	var all features.Problems
	for field, message := range problems {
		all = append(all, web.Refusal(field, message))
	}
	return all.Err()
}

// namesURL answers the form of a change with all names of its effect.
func namesURL(f *features.Feature, change string) string {
	return featureName(f).URL("/effect/" + change + "/names")
}

// previewOf is what an editor's form does to a feature, or why it cannot be saved.
func (s *Surface) previewOf(change string, changed *features.Feature, after *features.Catalogue, problems map[string]string) views.PreviewModel {
	m := views.PreviewModel{Form: change, Submit: "Save"}
	if problems != nil {
		for field, message := range problems {
			m.Problems = append(m.Problems, views.Fact{Name: fieldLabel(field), Value: message})
		}
		slices.SortFunc(m.Problems, func(a, b views.Fact) int { return strings.Compare(a.Name, b.Name) })
		return m
	}
	effect := s.effectIn(after, changed)
	effect.NamesURL = namesURL(changed, change)
	m.Effect = &effect
	switch {
	case effect.Changes() > 0:
		m.Submit = "Save for " + words.Count(effect.Changes(), "account")
	case effect.Members != nil && effect.Members.Changes() > 0:
		m.Submit = "Save for " + words.CountForms(effect.Members.Changes(), "person", "people")
	}
	return m
}

// EffectNames gives a part of all names of one group of an effect that is not saved; without script, all of them.
func (s *Surface) EffectNames(c echo.Context) error {
	feature, err := s.formedFeature(c)
	if err != nil {
		return err
	}
	changed, after, err := s.proposed(c, feature)
	if err != nil {
		return err
	}
	who := c.QueryParam("who")
	names, title := effectGroup(s.effectOf(after, changed), who)
	if title == "" {
		return &features.Error{Kind: features.NotFound, Message: "There is no such group of names."}
	}
	m := views.NamesModel{Title: title, Names: names, Back: views.Link{Text: changed.Name, URL: featureName(changed).URL("")}}
	if !web.WantsFragment(c) {
		return web.Render(c, http.StatusOK, inShell(s.shell(c, title, "features"), views.NamesPage(m)))
	}
	return s.namesPart(c, m, c.Request().URL.Path+"?who="+who+"&from=")
}

// namesPart answers with a part of the names; next is the address of the others, but for where they begin.
func (s *Surface) namesPart(c echo.Context, m views.NamesModel, next string) error {
	from, err := web.WholeNumber(c.QueryParam("from"))
	all := len(m.Names)
	if err != nil || int(from) > all {
		return web.Refusal("from", "There are no names at this position. Open the list again.")
	}
	to := min(int(from)+namesStep, all)
	m.Names = m.Names[from:to]
	if to < all {
		m.URL, m.Step = next+strconv.Itoa(to), min(namesStep, all-to)
	}
	if from == 0 {
		return web.Render(c, http.StatusOK, views.AllNames(m))
	}
	return web.Render(c, http.StatusOK, views.MoreNames(m))
}

// effectGroup is everyone of one group of an effect, and what they have in common; no title for no such group.
func effectGroup(e features.Effect, who string) (names []views.Link, title string) {
	text := map[string]string{"gain": "gain " + e.Feature.Name, "lose": "lose " + e.Feature.Name, "change": "have another value of " + e.Feature.Name}
	group, people := strings.CutSuffix(who, "-people")
	if text[group] == "" {
		return nil, ""
	}
	if people {
		for _, m := range groupOf(e.Members, group) {
			names = append(names, views.Link{Text: memberName(m), URL: accountLink(m.Account).URL + "/users"})
		}
		return names, words.CountForms(len(names), "person", "people") + " would " + text[group]
	}
	for _, a := range groupOf(e.Shift, group) {
		names = append(names, accountLink(a))
	}
	return names, words.Count(len(names), "account") + " would " + text[group]
}

func groupOf[T any](s features.Shift[T], group string) []T {
	switch group {
	case "gain":
		return s.Gain
	case "lose":
		return s.Lose
	}
	return s.Change
}
