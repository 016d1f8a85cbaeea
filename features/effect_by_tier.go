package features

// TierTally is how many accounts of one tier have a feature, before a change and after it.
type TierTally struct {
	TierID  int64 // 0 for accounts without one
	Was, Is Count
}

// tally counts one account under its tier. An account that is not there counts for nothing; one that changes its tier
// leaves the one and joins the other.
func (e *Effect) tally(a, b *Account, was, is State) {
	if a != nil {
		e.tierTally(a.TierID).Was.add(was, 1)
	}
	if b != nil {
		e.tierTally(b.TierID).Is.add(is, 1)
	}
}

func (e *Effect) tierTally(id int64) *TierTally {
	for i := range e.Tiers {
		if e.Tiers[i].TierID == id {
			return &e.Tiers[i]
		}
	}
	e.Tiers = append(e.Tiers, TierTally{TierID: id})
	return &e.Tiers[len(e.Tiers)-1]
}

// add counts n more accounts in a state.
func (c *Count) add(s State, n int) {
	switch s {
	case On:
		c.On += n
	case Some:
		c.Some += n
	default:
		c.Off += n
	}
}

func (c Count) plus(o Count) Count { return Count{c.On + o.On, c.Some + o.Some, c.Off + o.Off} }

// Having is how many accounts have the feature, at least for some of their users.
func (c Count) Having() int { return c.On + c.Some }
