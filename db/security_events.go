package db

import (
	"context"
	"database/sql"
	"time"

	"flagstone/features"
)

// The security log keeps its rows for 90 days, and no more than a million.
const (
	securityDays = 90
	maxSecurity  = 1_000_000
)

// LogSecurity writes a batch of events. An event about nobody is about the user with its e-mail, where there is one; an
// e-mail that is nobody's is not kept.
func (d *DB) LogSecurity(ctx context.Context, events []features.SecurityEvent) error {
	if len(events) == 0 {
		return nil
	}
	_, err := d.write(ctx, features.System(), func(t *tx) error {
		for _, e := range events {
			if err := t.logSecurity(e); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// logSecurity writes one event; what it does not say of who, where and when is the actor's of the transaction.
func (t *tx) logSecurity(e features.SecurityEvent) error {
	if e.At.IsZero() {
		e.At, e.Count = t.at, 1
	}
	if e.Actor == "" && e.IP == "" {
		e.Actor, e.IP, e.UserAgent = t.by.Name, t.by.IP, t.by.UserAgent
	}
	const whom = `FROM users WHERE id = ?3 OR ?3 = 0 AND email = ?4`
	_, err := t.exec(`
		INSERT INTO security_events (at, event, user_id, email, email_hash, actor_name, ip, user_agent, detail, count)
		VALUES (?1, ?2, (SELECT id `+whom+`), coalesce((SELECT email `+whom+`), ''), ?5, ?6, ?7, ?8, ?9, ?10)`,
		e.At.UnixMilli(), e.Event, e.UserID, e.Email, e.EmailHash, e.Actor, e.IP, e.UserAgent, e.Detail, e.Count)
	return err
}

// SecurityFilter narrows the security log. Its zero value is everything.
type SecurityFilter struct {
	Event     features.SecurityEventKind
	Person    string // an e-mail, or the name of who did it
	EmailHash string // of Person, as it would have been typed
	IP        string
	Before    int64 // only events before this one: where the last page ended; 0 for the newest
}

const securityWhere = ` FROM security_events
	WHERE (?1 = '' OR event = ?1) AND (?2 = '' OR email = ?2 OR actor_name = ?2 OR email_hash = ?3 AND ?3 <> '') AND (?4 = '' OR ip = ?4)`

// SecurityEvents returns the newest events that a filter leaves, at most limit.
func (d *DB) SecurityEvents(ctx context.Context, f SecurityFilter, limit int) ([]features.SecurityEvent, error) {
	return collect(ctx, d.reader, func(rows *sql.Rows) (e features.SecurityEvent, err error) {
		var at int64
		err = rows.Scan(&e.ID, &at, &e.Event, &e.UserID, &e.Email, &e.EmailHash, &e.Actor, &e.IP, &e.UserAgent, &e.Detail, &e.Count)
		e.At = fromMillis(at)
		return e, err
	}, `SELECT id, at, event, coalesce(user_id, 0), email, email_hash, actor_name, ip, user_agent, detail, count`+securityWhere+`
		AND (?5 = 0 OR id < ?5) ORDER BY id DESC LIMIT ?6`, f.Event, f.Person, f.EmailHash, f.IP, f.Before, limit)
}

// CountSecurityEvents returns how many events a filter leaves, counted up to a limit.
func (d *DB) CountSecurityEvents(ctx context.Context, f SecurityFilter, limit int) (n int, err error) {
	err = d.reader.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1`+securityWhere+` LIMIT ?5)`,
		f.Event, f.Person, f.EmailHash, f.IP, limit).Scan(&n)
	return n, err
}

// SweepSecurityEvents removes the events that are too old at a moment, and the oldest of those that are too many.
func (d *DB) SweepSecurityEvents(ctx context.Context, at time.Time) error {
	oldest := at.AddDate(0, 0, -securityDays).UnixMilli()
	var due bool
	const which = `at < ?1 OR id <= (SELECT max(id) FROM security_events) - ?2`
	err := d.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM security_events WHERE at < ?1)
		OR coalesce((SELECT min(id) <= max(id) - ?2 FROM security_events), 0)`, oldest, maxSecurity).Scan(&due)
	if err != nil || !due {
		return err
	}
	_, err = d.write(ctx, features.System(), func(t *tx) error {
		_, err := t.exec(`DELETE FROM security_events WHERE `+which, oldest, maxSecurity)
		return err
	})
	return err
}
