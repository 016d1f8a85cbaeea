package features

import (
	"iter"
	"sync"
)

// People is who may sign in, who has, and which keys programs call with: users with their memberships, sessions and API
// keys. It is read without locks.
type People struct {
	users    sync.Map // int64 -> *User
	sessions hashed[Session]
	keys     hashed[APIKey]
}

// User finds a user by its number; nil when there is none.
func (p *People) User(id int64) *User {
	found, _ := p.users.Load(id)
	user, _ := found.(*User)
	return user
}

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

// Session finds a session by the hash of its token; nil when there is none.
func (p *People) Session(hash [32]byte) *Session { return p.sessions.find(hash) }

// Key finds an API key by its hash; nil when there is none.
func (p *People) Key(hash [32]byte) *APIKey { return p.keys.find(hash) }

func (p *People) apply(b Batch) {
	if b.Everything {
		p.keepOnly(b)
	}
	for _, u := range b.Users {
		p.users.Store(u.ID, u)
	}
	for _, id := range b.GoneUsers {
		p.users.Delete(id)
	}
	for _, s := range b.Sessions {
		p.sessions.put(s.ID, s.TokenHash, s)
	}
	for _, id := range b.GoneSessions {
		p.sessions.drop(id)
	}
	for _, k := range b.Keys {
		p.keys.put(k.ID, k.Hash, k)
	}
	for _, id := range b.GoneKeys {
		p.keys.drop(id)
	}
}

// keepOnly forgets what is not in a batch of everything.
func (p *People) keepOnly(b Batch) {
	users, sessions, keys := make(map[any]bool), make(map[any]bool), make(map[any]bool)
	for _, u := range b.Users {
		users[u.ID] = true
	}
	for _, s := range b.Sessions {
		sessions[s.ID] = true
	}
	for _, k := range b.Keys {
		keys[k.ID] = true
	}
	for id := range p.users.Range {
		if !users[id] {
			p.users.Delete(id)
		}
	}
	p.sessions.keepOnly(sessions)
	p.keys.keepOnly(keys)
}

// hashed are things that are found by the hash of a secret.
type hashed[T any] struct {
	values sync.Map // hash -> *T
	hashes sync.Map // id -> hash
}

func (h *hashed[T]) find(hash [32]byte) *T {
	found, _ := h.values.Load(hash)
	value, _ := found.(*T)
	return value
}

func (h *hashed[T]) put(id int64, hash [32]byte, value *T) {
	h.values.Store(hash, value)
	if old, known := h.hashes.Swap(id, hash); known && old != hash {
		h.values.Delete(old)
	}
}

func (h *hashed[T]) drop(id int64) {
	if hash, known := h.hashes.LoadAndDelete(id); known {
		h.values.Delete(hash)
	}
}

func (h *hashed[T]) keepOnly(ids map[any]bool) {
	for id := range h.hashes.Range {
		if !ids[id] {
			h.drop(id.(int64))
		}
	}
}
