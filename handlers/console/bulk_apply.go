package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// bulkForm is what the bulk dialog posts: an action on a selection, and the effect that its reader saw.
type bulkForm struct {
	bulk   features.Bulk
	chosen bool   // whether what the action is about has been chosen
	filter string // of a selection of all that match, as the list's address has it
	digest string
	reason string
	nonce  string
	value  bulkValue
}

func (s *Surface) bindBulk(c echo.Context) (bulkForm, error) {
	values, err := c.FormParams()
	if err != nil {
		return bulkForm{}, err
	}
	f := bulkForm{digest: values.Get("digest"), reason: values.Get("reason"), nonce: values.Get("nonce")}
	f.bulk.Action = features.BulkAction(values.Get("action"))
	switch f.bulk.Action {
	case features.EnableFeature, features.DisableFeature:
		f.bulk.Feature = values.Get("feature")
		f.chosen = f.bulk.Feature != ""
		if f.bulk.Action == features.EnableFeature {
			s.bindBulkValue(&f, values)
		}
	case features.ClearOverrides:
		f.bulk.Feature, f.chosen = values.Get("feature"), true
	case features.SetTier:
		tier := values.Get("tier")
		f.chosen = tier != ""
		if tier != features.NoTier {
			f.bulk.Tier = tier
		}
	default:
		f.chosen = true
	}
	f.bulk.Selection, f.filter, err = bindSelection(values)
	return f, err
}

// bindSelection reads which accounts are chosen: those ticked, or with all=1 those that match a filter.
func bindSelection(values url.Values) (selection features.Selection, filter string, err error) {
	if values.Get("all") != "" {
		filter = values.Get("filter")
		parsed, err := url.ParseQuery(filter)
		if err != nil {
			return selection, "", web.Refusal("filter", "The filter of this selection cannot be read. Reload the list and choose again.")
		}
		return features.Selection{All: true, Filter: web.ParseAccountFilter(parsed)}, filter, nil
	}
	selection.IDs, err = bindTicked(values["id"])
	return selection, "", err
}

// bindTicked reads the accounts that are ticked: without script one in a field, with it all in one, between commas.
func bindTicked(fields []string) (ids []int64, err error) {
	ticked := strings.FieldsFunc(strings.Join(fields, ","), func(r rune) bool { return r == ',' })
	switch {
	case len(ticked) == 0:
		return nil, web.Refusal("id", "Tick at least one account first.")
	case len(ticked) > web.MaxTicked:
		return nil, web.Refusal("id", "At most 10,000 accounts can be ticked. Narrow the list by a filter, and select all that match.")
	}
	ids = make([]int64, len(ticked))
	for i, text := range ticked {
		if ids[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, web.Refusal("id", "One of the ticked accounts cannot be read. Reload the list and choose again.")
		}
	}
	return ids, nil
}

// PreviewBulk opens the dialog that says what an action would do, or fills it anew.
func (s *Surface) PreviewBulk(c echo.Context) error {
	form, err := s.bindBulk(c)
	if err != nil {
		return err
	}
	return s.answerBulk(c, http.StatusOK, bulkAnswer{form: form})
}

// answerBulk works an action out, as far as it has been chosen, and answers with its dialog.
func (s *Surface) answerBulk(c echo.Context, status int, a bulkAnswer) (err error) {
	if a.form.chosen {
		a.plan, err = s.DB.PlanBulk(a.form.bulk)
		if problem := web.FieldErrors(err)["value"]; problem != "" {
			a.form.value.problem, a.form.chosen = problem, false
		}
	}
	if !a.form.chosen {
		a.selected, err = s.Live.Select(a.form.bulk.Selection, time.Now())
	}
	if err != nil {
		return err
	}
	return s.bulkDialog(c, status, a)
}

// ApplyBulk does what the dialog showed, if that is still what it would do; otherwise it shows the new effect and does
// nothing.
func (s *Surface) ApplyBulk(c echo.Context) error {
	form, err := s.bindBulk(c)
	if err != nil {
		return err
	}
	if !form.chosen {
		return s.answerBulk(c, http.StatusUnprocessableEntity, bulkAnswer{form: form})
	}
	progress, ended := s.bulkRuns.start(form.nonce)
	defer ended()
	plan, revision, err := s.DB.ApplyBulk(c.Request().Context(), web.Actor(c), db.BulkChange{
		Bulk: form.bulk, Digest: form.digest, ChangeOptions: db.ChangeOptions{Reason: form.reason}, Progress: progress,
	})
	if err == nil {
		return s.bulkDone(c, form, plan, revision)
	}
	if features.KindOf(err) == features.Conflict && plan != nil {
		return s.bulkDialog(c, http.StatusConflict, bulkAnswer{form: form, plan: plan, notice: changedMeanwhile})
	}
	if problem := web.FieldErrors(err)["reason"]; problem != "" {
		return s.answerBulk(c, http.StatusUnprocessableEntity, bulkAnswer{form: form, problem: problem})
	}
	return err
}

const changedMeanwhile = "Something has changed since this preview, so nothing was applied. Review the new effect."

// bulkDone says what was done, with its Undo, and leads back to the list.
func (s *Surface) bulkDone(c echo.Context, form bulkForm, plan *features.BulkPlan, revision int64) error {
	text := doneSentence(plan)
	if !web.IsHtmx(c) {
		s.setFlash(c, text, revision)
		return c.Redirect(http.StatusSeeOther, web.AccountsPath+"?"+form.filter)
	}
	c.Response().Header().Set("HX-Trigger", "dialog:close, selection:clear, list:reload")
	return web.Render(c, http.StatusOK, s.changeToast(c, text, revision))
}

// Names are shown few at first, then in parts.
const (
	fewNames  = 12
	namesStep = 500
)

// BulkNames gives a part of the names of all accounts that an action would change.
func (s *Surface) BulkNames(c echo.Context) error {
	form, err := s.bindBulk(c)
	if err != nil {
		return err
	}
	plan, err := s.DB.PlanBulk(form.bulk)
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(c.QueryParam("from"))
	if err != nil || from < 0 || from > len(plan.Changed) {
		return web.Refusal("from", "There are no names at this position. Open the list again.")
	}
	names := changedNames(plan, from, namesStep)
	if from == 0 {
		return web.Render(c, http.StatusOK, views.AllBulkNames(names))
	}
	return web.Render(c, http.StatusOK, views.MoreBulkNames(names))
}

func changedNames(plan *features.BulkPlan, from, most int) views.BulkNamesModel {
	to := min(from+most, len(plan.Changed))
	m := views.BulkNamesModel{Total: len(plan.Changed)}
	for _, a := range plan.Changed[from:to] {
		m.Names = append(m.Names, a.Name)
	}
	if to < len(plan.Changed) {
		m.Next, m.Step = to, min(most, len(plan.Changed)-to)
	}
	return m
}

// BulkProgress says how far a bulk change under way has come.
func (s *Surface) BulkProgress(c echo.Context) error {
	nonce := c.Param("nonce")
	done, total, running := s.bulkRuns.of(nonce)
	return web.Render(c, http.StatusOK, views.BulkProgress(views.BulkProgressModel{Nonce: nonce, Running: running, Done: done, Total: total}))
}

// bulkRuns is the bulk changes under way, by the nonce of their dialog.
type bulkRuns struct {
	mu  sync.Mutex
	all map[string]bulkRun
}

// bulkRun is how far one has come; total is 0 while it is not known yet.
type bulkRun struct{ done, total int }

// start keeps a run until ended is called; progress is told how far it is.
func (r *bulkRuns) start(nonce string) (progress func(done, total int), ended func()) {
	progress = func(done, total int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.all == nil {
			r.all = make(map[string]bulkRun)
		}
		r.all[nonce] = bulkRun{done, total}
	}
	progress(0, 0)
	return progress, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.all, nonce)
	}
}

func (r *bulkRuns) of(nonce string) (done, total int, running bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	run, running := r.all[nonce]
	return run.done, run.total, running
}
