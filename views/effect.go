package views

// EffectModel is what a change does to one feature: how many accounts gain it, lose it and stay as they are.
type EffectModel struct {
	Gain, Lose           int
	GainNames, LoseNames []string // of the first of them
	On, Off              int      // who keeps it, who goes on without it
}

// Changes is how many accounts see another value.
func (m EffectModel) Changes() int { return m.Gain + m.Lose }

// verb is the form of a verb that goes with a number of accounts.
func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
