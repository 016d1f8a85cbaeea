package console

import (
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// ExplainCell says why a feature is what it is for an account: every rule in order, and which decided.
func (s *Surface) ExplainCell(c echo.Context) error {
	x, err := s.cellOf(c)
	if err != nil {
		return err
	}
	frame, err := s.framed(c, x.Account, "features")
	if err != nil {
		return err
	}
	model := why(s.Live.Catalogue(), x, time.Now())
	return s.page(c, s.shell(c, model.Title, "accounts"), views.WhyPage(frame, model), views.Why(model))
}

func why(catalogue *features.Catalogue, x cell, at time.Time) views.WhyModel {
	explanation := catalogue.ExplainAccount(x.Feature, x.Account, at)
	value := x.AccountValue(catalogue, at)
	model := views.WhyModel{Title: fmt.Sprintf("%s is %s for %s", x.Feature.Name, stateWords(value), x.Account.Name), Steps: traceOf(explanation)}
	if value.State == features.Some {
		model.Title = fmt.Sprintf("%s is on for some of the users of %s", x.Feature.Name, x.Account.Name)
	}
	switch {
	case value.State == features.Some:
		model.Hint = "It depends on the user: " + x.SomeRule(catalogue, at)
	case explanation.Evaluation.Source == features.SourceOverride:
		bare := catalogue.AccountValue(x.Feature, x.Account.Without(x.Feature.ID), at)
		model.Hint = "Without the override it would be " + stateWords(bare) + "."
	}
	return model
}
