package adminapi

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// bulkBody asks for one action on many accounts.
type bulkBody struct {
	Action           features.BulkAction `json:"action"`
	Feature          string              `json:"feature"`
	Value            features.JSON       `json:"value"`
	Tier             *string             `json:"tier"`
	WithDependencies bool                `json:"needs"`
	Selection        selectionBody       `json:"selection"`
	Reason           string              `json:"reason"`
	Digest           string              `json:"digest"` // of the preview; "" where nobody has looked
}

// selectionBody is the accounts of a bulk action: by their slugs, or all that match a filter.
type selectionBody struct {
	Slugs  []string           `json:"slugs"`
	Filter *accountFilterBody `json:"filter"`
}

type accountFilterBody struct {
	Q        string          `json:"q"`
	Tier     []string        `json:"tier"`
	Status   features.Status `json:"status"`
	Features []stateBody     `json:"features"`
}

type stateBody struct {
	Feature string                `json:"feature"`
	State   features.FeatureState `json:"state"`
}

// bulkOutcome is what a bulk action has done.
type bulkOutcome struct {
	Revision int64  `json:"revision"` // 0 where there was nothing to write
	Change   string `json:"change,omitempty"`
	Changed  int    `json:"changed"`
	skippedView
}

// skippedView is the accounts, or features, of a selection for which nothing is written.
type skippedView struct {
	Already namedList  `json:"already"`          // they are so
	Locked  *namedList `json:"locked,omitempty"` // their tier locks the feature; nil of features
}

func skippedOf(p *features.BulkPlan) skippedView {
	locked := named(p.Locked, slugOf)
	return skippedView{named(p.Already, slugOf), &locked}
}

// bulkOf reads what is asked for. It refuses a selection that names an account that there is not.
func (s *Surface) bulkOf(form bulkBody) (b features.Bulk, err error) {
	b = features.Bulk{Action: form.Action, Feature: form.Feature, Data: form.Value, WithDependencies: form.WithDependencies}
	switch {
	case form.Feature == "" && (form.Action == features.EnableFeature || form.Action == features.DisableFeature):
		return b, web.Refusal("feature", "Name the feature.")
	case form.Action == features.SetTier && web.Deref(form.Tier) == "":
		return b, web.Refusal("tier", "Name the tier to move the accounts to, or none.")
	case web.Deref(form.Tier) != features.NoTier:
		b.Tier = web.Deref(form.Tier)
	}
	switch f := form.Selection.Filter; {
	case (f == nil) == (form.Selection.Slugs == nil):
		return b, web.Refusal("selection", "Choose accounts either by slugs or by filter.")
	case f != nil:
		b.Selection = features.Selection{All: true, Filter: features.AccountFilter{Search: f.Q, Tiers: f.Tier, Status: f.Status}}
		for i, one := range f.Features {
			if err := checkState("selection.filter.features."+strconv.Itoa(i)+".state", one.State); err != nil {
				return b, err
			}
			b.Selection.Filter.Features = append(b.Selection.Filter.Features, features.FeatureFilter{Key: one.Feature, State: one.State})
		}
		return b, nil
	case len(form.Selection.Slugs) > web.MaxTicked:
		return b, web.Refusal("selection.slugs", "Name at most 10,000 accounts, or choose them by a filter.")
	}
	for i, slug := range form.Selection.Slugs {
		a, err := s.Live.Accounts().BySlug(slug)
		if err != nil {
			return b, web.Refusal("selection.slugs."+strconv.Itoa(i), err.Error())
		}
		b.Selection.IDs = append(b.Selection.IDs, a.ID)
	}
	return b, nil
}

// ChangeAccounts applies a bulk action. With a digest it does what the preview said or, with 409 and a new preview, nothing.
func (s *Surface) ChangeAccounts(c echo.Context) error {
	var form bulkBody
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	bulk, err := s.bulkOf(form)
	if err != nil {
		return err
	}
	change := db.BulkChange{ChangeOptions: db.ChangeOptions{Reason: form.Reason}, Bulk: bulk, Digest: form.Digest, Unseen: form.Digest == ""}
	err = s.changeWith(c, adminWrite{change: &change}, func(r db.Result, previewed bool) error {
		plan, _ := r.Details.(*features.BulkPlan)
		if previewed {
			return answerPrivate(c, http.StatusOK, s.bulkPreview(r.Preview, plan))
		}
		return answerPrivate(c, http.StatusOK, bulkOutcome{
			Revision: r.Revision, Change: changeURL(r.Revision), Changed: len(plan.Changed), skippedView: skippedOf(plan),
		})
	})
	if features.KindOf(err) != features.Conflict || change.Unseen {
		return err
	}
	return s.answerStale(c, change, err)
}

func (s *Surface) bulkPreview(p db.Preview, plan *features.BulkPlan) previewAnswer {
	return s.planPreview(p, plan.Digest, skippedOf(plan))
}

// planPreview is what a change that has a digest would do.
func (s *Surface) planPreview(p db.Preview, digest string, skipped skippedView) previewAnswer {
	answer := s.previewAnswer(p)
	answer.Digest, answer.Skipped = digest, &skipped
	return answer
}

// answerStale refuses a bulk change that is no longer as it was shown, with what it would do now.
func (s *Surface) answerStale(c echo.Context, change db.BulkChange, refusal error) error {
	change.Unseen = true
	plan, preview, err := s.DB.PreviewBulk(c.Request().Context(), web.Actor(c), change)
	if err != nil {
		return err
	}
	return staleProblem(c, refusal, s.bulkPreview(preview, plan))
}

func staleProblem(c echo.Context, refusal error, now previewAnswer) error {
	p := web.Describe(refusal)
	p.Preview = &now
	return web.WriteProblem(c, p)
}
