package adminapi

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// featureBulkBody asks for one action on many features.
type featureBulkBody struct {
	Action    features.FeatureAction `json:"action"`
	Selection struct {
		Keys     []string `json:"keys"`
		Category string   `json:"category"`
	} `json:"selection"`
	Reason string `json:"reason"`
	Digest string `json:"digest"` // of the preview; "" where nobody has looked
}

// featureBulkOf reads what is asked for. It refuses a selection that names a feature or a category that there is not.
func (s *Surface) featureBulkOf(form featureBulkBody) (b features.FeatureBulk, err error) {
	keys, category, catalogue := form.Selection.Keys, form.Selection.Category, s.Live.Catalogue()
	switch {
	case (keys == nil) == (category == ""):
		return b, web.Refusal("selection", "Choose features either by keys or by category.")
	case len(keys) > web.MaxTicked:
		return b, web.Refusal("selection.keys", "Name at most 10,000 features.")
	case category != "" && !slices.Contains(web.Categories(catalogue.Features()), category):
		return b, web.Refusal("selection.category", "There is no feature in the category "+strconv.Quote(category)+".")
	}
	for i, key := range keys {
		if _, err := catalogue.Feature(key); err != nil {
			return b, web.Refusal("selection.keys."+strconv.Itoa(i), err.Error())
		}
	}
	return features.FeatureBulk{Action: form.Action, Keys: keys, Category: category}, nil
}

// ChangeFeatures applies an action to many features. With a digest it does what the preview said or, with 409 and a new
// preview, nothing.
func (s *Surface) ChangeFeatures(c echo.Context) error {
	var form featureBulkBody
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	bulk, err := s.featureBulkOf(form)
	if err != nil {
		return err
	}
	change := db.FeatureBulkChange{ChangeOptions: db.ChangeOptions{Reason: form.Reason}, FeatureBulk: bulk, Digest: form.Digest, Unseen: form.Digest == ""}
	err = s.changeWith(c, adminWrite{change: &change}, func(r db.Result, previewed bool) error {
		plan, _ := r.Details.(*features.FeaturePlan)
		if previewed {
			return answerPrivate(c, http.StatusOK, s.planPreview(r.Preview, plan.Digest, skippedFeatures(plan)))
		}
		return answerPrivate(c, http.StatusOK, bulkOutcome{
			Revision: r.Revision, Change: changeURL(r.Revision), Changed: len(plan.Changed), skippedView: skippedFeatures(plan),
		})
	})
	if features.KindOf(err) != features.Conflict || change.Unseen {
		return err
	}
	change.Unseen = true
	now, preview, previewErr := s.DB.PreviewFeatureBulk(c.Request().Context(), web.Actor(c), change)
	if previewErr != nil {
		return previewErr
	}
	return staleProblem(c, err, s.planPreview(preview, now.Digest, skippedFeatures(now)))
}

func skippedFeatures(p *features.FeaturePlan) skippedView {
	return skippedView{Already: named(p.Already, func(f *features.Feature) string { return f.Key })}
}
