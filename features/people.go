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
	for _, u := range b.Users {
		p.users.Store(u.ID, u)
	}
	for _, id := range b.GoneUsers {
		p.users.Delete(id)
	}
	for _, s := range b.Sessions {
		p.sessions.Store(s.TokenHash, s)
		p.hashes.Store(s.ID, s.TokenHash)
	}
	for _, id := range b.GoneSessions {
		if hash, known := p.hashes.LoadAndDelete(id); known {
			p.sessions.Delete(hash)
		}
	}
}
