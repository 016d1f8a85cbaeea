package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// ShowFeatureLinks is what a feature needs, what needs it, what it conflicts with, and what the tiers give of it.
func (s *Surface) ShowFeatureLinks(c echo.Context) error {
	f, err := s.featureOf(c)
	if err != nil {
		return err
	}
	catalogue := s.Live.Catalogue()
	linked := catalogue.LinksOf(f)
	m := views.FeatureLinksModel{
		Frame: s.featureFrame(c, f, "links"), Dependencies: s.linkedFeatures(linked.Dependencies), Dependents: s.linkedFeatures(linked.Dependents),
		Conflicts: s.linkedFeatures(linked.Conflicts),
	}
	for i, tier := range catalogue.Tiers() {
		if tierFeature, ok := catalogue.TierFeature(tier.ID, f); ok {
			m.Tiers = append(m.Tiers, views.ListedModel{
				Tier: tier.Name, Place: i + 1, Value: valueBadge(tierFeature.Value), Locked: !tierFeature.AllowOverride,
			})
		}
	}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, f.Name+": links", "features"), views.FeatureLinksPage(m)))
}

// linkedFeatures says of some features who has them.
func (s *Surface) linkedFeatures(list []*features.Feature) []views.LinkedModel {
	counts := s.Live.Count(list)
	linked := make([]views.LinkedModel, len(list))
	for i, f := range list {
		linked[i] = views.LinkedModel{FeatureNameModel: featureName(f), Sentence: s.sentence(f, counts[i])}
	}
	return linked
}
