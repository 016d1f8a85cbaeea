package handlers

import (
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// explainCell says why a feature is what it is for an account: every rule in order, and which decided.
func (s *Server) explainCell(c echo.Context) error {
	x, err := s.cellOf(c)
	if err != nil {
		return err
	}
	frame, err := s.framed(c, x.account, "features")
	if err != nil {
		return err
	}
	model := why(s.live.Catalogue(), x, time.Now())
	return s.page(c, s.shell(c, model.Title, "accounts"), views.WhyPage(frame, model), views.Why(model))
}

func why(catalogue *features.Catalogue, x cell, at time.Time) views.WhyModel {
	explanation := catalogue.ExplainAccount(x.feature, x.account, at)
	standing := x.standing(catalogue, at)
	model := views.WhyModel{Title: fmt.Sprintf("%s is %s for %s", x.feature.Name, stateWords(standing), x.account.Name), Steps: traceOf(explanation)}
	if standing.State == features.Some {
		model.Title = fmt.Sprintf("%s is on for some of the people of %s", x.feature.Name, x.account.Name)
	}
	switch {
	case standing.State == features.Some:
		model.Hint = "It depends on the person: " + x.someRule(catalogue, at)
	case explanation.Evaluation.Source == features.SourceOverride:
		bare := catalogue.Standing(x.feature, x.account.Without(x.feature.ID), at)
		model.Hint = "Without the override it would be " + stateWords(bare) + "."
	}
	return model
}
