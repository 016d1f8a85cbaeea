package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// ConfirmAccountTier asks which tier an account is to be in.
func (s *Surface) ConfirmAccountTier(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	tier, _ := s.Live.Catalogue().Tier(a.TierID)
	return s.moveQuestion(c, a, tier.Key, nil)
}

// moveQuestion says what the chosen tier does to the account.
func (s *Surface) moveQuestion(c echo.Context, a *features.Account, chosen string, refused error) error {
	from, _ := s.Live.Catalogue().Tier(a.TierID)
	address := "/admin/accounts/" + a.Slug
	fields := views.MoveFields{
		From: from.Key, Preview: address + "/tier/effect", Reason: c.FormValue("reason"), Error: web.FieldErrors(refused)["reason"],
		Tier: views.SelectModel{
			ID: "tier", Name: "tier", Label: "Tier", Value: chosen, Error: web.FieldErrors(refused)["tier"], Attributes: templ.Attributes{"autofocus": true},
			Options: append([]views.Option{{Text: "No tier"}}, s.tierOptions()...),
		},
	}
	if features.KindOf(refused) == features.Conflict {
		fields.Tier.Error = web.Describe(refused).Detail
	}
	var err error
	if fields.Effect, err = s.moveEffect(a, chosen); err != nil {
		return err
	}
	question := views.AskModel{
		ID: "move-dialog", Title: "Change the tier of " + a.Name, Hint: "It is in " + tierName(s.Live.Catalogue(), a.TierID) + ".",
		Action: address + "/tier", CSRFToken: s.CSRFToken(c), Submit: "Change tier", Note: "Can be undone.",
		Back: views.Link{Text: a.Name, URL: address},
	}
	return s.confirm(c, "accounts", question, views.AskMove(fields), refused)
}

// PreviewAccountTier says what another tier would do to an account.
func (s *Surface) PreviewAccountTier(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	if !web.IsHtmx(c) {
		return s.moveQuestion(c, a, c.FormValue("tier"), nil)
	}
	effect, err := s.moveEffect(a, c.FormValue("tier"))
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, views.MoveEffect(effect))
}

// MoveAccount moves an account to another tier; its page shows everything anew.
func (s *Surface) MoveAccount(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	chosen := c.FormValue("tier")
	revision, err := s.DB.MoveAccount(c.Request().Context(), web.Actor(c), db.TierMove{
		Account: a.ID, From: c.FormValue("from"), To: chosen, ChangeOptions: db.ChangeOptions{Reason: strings.TrimSpace(c.FormValue("reason"))},
	})
	switch {
	case features.KindOf(err) == features.Conflict, web.FieldErrors(err) != nil:
		return s.moveQuestion(c, a, chosen, err)
	case err != nil:
		return err
	}
	a = s.Live.Accounts().ByID(a.ID)
	text := a.Name + " is in " + tierName(s.Live.Catalogue(), a.TierID)
	if revision == 0 {
		text += " already"
	}
	s.setFlash(c, text, revision)
	return goTo(c, "/admin/accounts/"+a.Slug)
}

// moveEffect says what the tier with a key, "" for none, does to an account.
func (s *Surface) moveEffect(a *features.Account, key string) (m views.MoveEffectModel, err error) {
	catalogue := s.Live.Catalogue()
	var to features.Tier
	if key != "" {
		if to, err = catalogue.TierByKey(key); err != nil {
			return m, err
		}
	}
	if to.ID == a.TierID {
		return views.MoveEffectModel{Sentence: a.Name + " is in " + tierName(catalogue, to.ID) + " already: nothing changes."}, nil
	}
	x := move{catalogue: catalogue, was: a, is: a.InTier(to.ID), at: time.Now()}
	differing := catalogue.Differing(a.TierID, to.ID)
	x.gainsAndLosses(s.Live.Effects(features.Proposal{Accounts: []*features.Account{x.is}, Features: append([]string{}, differing...)}, x.at))
	x.overrides()
	return x.model(), nil
}

// move is one account before and after another tier, and what that does to it in words.
type move struct {
	catalogue                *features.Catalogue
	was, is                  *features.Account
	at                       time.Time
	gains, loses, changes    []string
	keeps, sleeping, counted []string
}

// gainsAndLosses sorts the features that change for the account, those reached through others too.
func (x *move) gainsAndLosses(effects []features.Effect) {
	for _, e := range effects {
		f := e.Feature
		before, after := x.catalogue.AccountValue(f, x.was, x.at), x.catalogue.AccountValue(f, x.is, x.at)
		name := f.Name
		if blocker := x.blocker(f, after); blocker != "" {
			name += " (" + blocker + ")"
		}
		switch {
		case len(e.Gain) > 0 && after.Value.Data != "":
			x.gains = append(x.gains, name+" with "+words.Clipped(after.Value.Words()))
		case len(e.Gain) > 0:
			x.gains = append(x.gains, name)
		case len(e.Lose) > 0:
			x.loses = append(x.loses, name)
		case len(e.Change) > 0 && before.Value.Data != after.Value.Data:
			x.changes = append(x.changes, f.Name+" "+movesFrom(before.Value, after.Value, 1))
		case len(e.Change) > 0:
			x.changes = append(x.changes, f.Name+" has another variant")
		}
	}
}

// blocker says what keeps a feature off that the tier alone would not: "it needs Webhooks".
func (x *move) blocker(f *features.Feature, after features.AccountValue) string {
	if after.Source != features.SourceDependency && after.Source != features.SourceConflict {
		return ""
	}
	why := x.catalogue.ExplainAccount(f, x.is, x.at)
	switch {
	case why.Blocker == nil:
		return ""
	case after.Source == features.SourceConflict:
		return "it conflicts with " + why.Blocker.Name
	}
	return "it needs " + why.Blocker.Name
}

// overrides sorts the account's own overrides by whether they count before and after.
func (x *move) overrides() {
	for _, f := range activeFeatures(x.catalogue) {
		o, live := x.was.Override(f.ID, x.at.UnixMilli())
		if !live {
			continue
		}
		words := f.Name + " (" + words.Clipped(o.Value.Words()) + ")"
		switch before, after := x.catalogue.Locks(x.was.TierID, f), x.catalogue.Locks(x.is.TierID, f); {
		case !before && after:
			x.sleeping = append(x.sleeping, words)
		case before && !after:
			x.counted = append(x.counted, words)
		case !after:
			x.keeps = append(x.keeps, words)
		}
	}
}

const namedInSentence = 3

// someOf lists the first of some names: "A, B and 4 more".
func someOf(names []string) string {
	if len(names) > namedInSentence {
		return words.ListSome(names[:namedInSentence], len(names))
	}
	return words.List(names)
}

// sentence says in one sentence what changes: "Northwind AI loses Webhooks, and Max Flows drops from 50 to 10."
func (x *move) sentence() string {
	var parts []string
	if len(x.loses) > 0 {
		parts = append(parts, x.was.Name+" loses "+someOf(x.loses))
	}
	if len(x.gains) > 0 {
		subject := x.was.Name + " "
		if len(parts) > 0 {
			subject = ""
		}
		parts = append(parts, subject+"gains "+someOf(x.gains))
	}
	text := strings.Join(parts, " and ")
	switch {
	case len(x.changes) > 0 && text != "":
		text += ", and " + someOf(x.changes)
	case len(x.changes) > 0:
		text = "For " + x.was.Name + ", " + someOf(x.changes)
	case text == "" && x.was.Status == features.Suspended:
		return x.was.Name + " is suspended and has nothing: nothing changes until it is active again."
	case text == "":
		return x.was.Name + " sees no change."
	}
	return text + "."
}

func (x *move) model() views.MoveEffectModel {
	m := views.MoveEffectModel{Sentence: x.sentence()}
	for _, group := range []views.MoveGroup{
		{Title: "Loses", Icon: "minus", Kind: "lose", Lines: x.loses},
		{Title: "Gains", Icon: "gain", Kind: "gain", Lines: x.gains},
		{Title: "Changes", Icon: "equal", Lines: x.changes},
		{Title: "Keeps its overrides", Icon: "override", Lines: x.keeps},
		{Title: "Overrides that become inactive, because " + tierName(x.catalogue, x.is.TierID) + " locks them", Icon: "lock", Lines: x.sleeping},
		{Title: "Overrides that apply again", Icon: "override", Lines: x.counted},
	} {
		if len(group.Lines) > 0 {
			m.Groups = append(m.Groups, group)
		}
	}
	return m
}
