package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// showFeatureLinks is what a feature needs, what needs it, what it conflicts with, and what the tiers give of it.
func (s *Server) showFeatureLinks(c echo.Context) error {
	f, err := s.featureOf(c)
	if err != nil {
		return err
	}
	catalogue := s.live.Catalogue()
	linked := catalogue.LinksOf(f)
	m := views.FeatureLinksModel{
		Frame: s.featureFrame(c, f, "links"), Needs: s.linkedFeatures(linked.Needs), NeededBy: s.linkedFeatures(linked.NeededBy),
		Conflicts: s.linkedFeatures(linked.Conflicts),
	}
	for i, tier := range catalogue.Tiers() {
		if listed, ok := catalogue.TierFeature(tier.ID, f); ok {
			m.Tiers = append(m.Tiers, views.ListedModel{
				Tier: tier.Name, Place: i + 1, Value: valueBadge(listed.Value), Locked: !listed.AllowOverride,
			})
		}
	}
	return render(c, http.StatusOK, inShell(s.shell(c, f.Name+": links", "features"), views.FeatureLinksPage(m)))
}

// linkedFeatures says of some features who has them.
func (s *Server) linkedFeatures(list []*features.Feature) []views.LinkedModel {
	counts := s.live.Count(list)
	linked := make([]views.LinkedModel, len(list))
	for i, f := range list {
		linked[i] = views.LinkedModel{FeatureNameModel: featureName(f), Sentence: s.sentence(f, counts[i])}
	}
	return linked
}
