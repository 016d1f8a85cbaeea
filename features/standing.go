package features

import "time"

// Standing is what an account as a whole has of a feature, and the evaluation that says why: of the least favoured of
// its people where all of them have it, else of the most favoured.
type Standing struct {
	State State
	Evaluation
}

// Standing gives what an account as a whole has of a feature of the catalogue at a moment.
func (c *Catalogue) Standing(feature *Feature, account *Account, at time.Time) Standing {
	q := c.ask(feature, &Context{Account: account}, at)
	q.about = leastFavoured
	least := evaluate(q)
	q.about = mostFavoured
	most := evaluate(q)
	switch {
	case least.Value.Enabled:
		return Standing{On, least}
	case most.Value.Enabled:
		return Standing{Some, most}
	}
	return Standing{Off, most}
}
