package features

import "sync"

// People is who may sign in and who has: users with their memberships, and sessions. It is read without locks.
type People struct {
	users    sync.Map // int64 -> *User
	sessions sync.Map // token hash -> *Session
	hashes   sync.Map // session id -> token hash
}

// User finds a user by its number; nil when there is none.
func (p *People) User(id int64) *User {
	found, _ := p.users.Load(id)
	user, _ := found.(*User)
	return user
}

// Session finds a session by the hash of its token; nil when there is none.
func (p *People) Session(hash [32]byte) *Session {
	found, _ := p.sessions.Load(hash)
	session, _ := found.(*Session)
	return session
}

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
		p.sessions.Store(s.TokenHash, s)
		if old, known := p.hashes.Swap(s.ID, s.TokenHash); known && old != s.TokenHash {
			p.sessions.Delete(old)
		}
	}
	for _, id := range b.GoneSessions {
		p.endSession(id)
	}
}

func (p *People) endSession(id int64) {
	if hash, known := p.hashes.LoadAndDelete(id); known {
		p.sessions.Delete(hash)
	}
}

// keepOnly forgets the users and sessions that are not in a batch of everything.
func (p *People) keepOnly(b Batch) {
	users, sessions := make(map[any]bool), make(map[any]bool)
	for _, u := range b.Users {
		users[u.ID] = true
	}
	for _, s := range b.Sessions {
		sessions[s.ID] = true
	}
	for id := range p.users.Range {
		if !users[id] {
			p.users.Delete(id)
		}
	}
	for id := range p.hashes.Range {
		if !sessions[id] {
			p.endSession(id.(int64))
		}
	}
}
