package features

import "iter"

// Users gives every user, in no order.
func (p *People) Users() iter.Seq[*User] {
	return func(yield func(*User) bool) {
		for _, u := range p.users.Range {
			if !yield(u.(*User)) {
				return
			}
		}
	}
}
