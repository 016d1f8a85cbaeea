package features

import "time"

// State is what an account has of a feature when nobody of its people is asked about (docs/evaluation.md §9).
type State int8

// The states, each more than the one before.
const (
	Off  State = iota
	Some       // a release rule by role or by user is undecided, here or in a dependency: some of its people may have it
	On
)

func (s State) String() string { return [...]string{"off", "some", "on"}[s] }

// State gives the state of a feature of the catalogue for an account at a moment.
func (c *Catalogue) State(feature *Feature, account *Account, at time.Time) State {
	return c.AccountValue(feature, account, at).State
}
