package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"flagstone/features"
	"flagstone/words"
)

// CreateTier adds a tier, behind the others where it names no place, and gives the revision of the change. It refuses,
// field by field, what breaks a rule, and a key that is taken.
func (d *DB) CreateTier(ctx context.Context, by features.Actor, tier features.Tier) (int64, error) {
	r, err := d.Apply(ctx, by, &CreateTier{Tier: tier})
	return r.Revision, err
}

// CreateTier asks for a tier to be added.
type CreateTier struct {
	ChangeOptions
	Tier features.Tier
}

// Kind is "tier_create".
func (*CreateTier) Kind() string { return "tier_create" }

func (c *CreateTier) prepare(*DB) error {
	c.Tier = c.Tier.Normalize()
	return c.Tier.Validate()
}

func (c *CreateTier) apply(t *tx, _ *Result) error {
	if c.Tier.Position == 0 {
		if err := t.row(`SELECT coalesce(max(position), 0) + 1 FROM tiers`).Scan(&c.Tier.Position); err != nil {
			return err
		}
	}
	if err := t.begin(changeSet{action: "tier.create", summary: "Created tier " + c.Tier.Name}); err != nil {
		return err
	}
	return t.insertTier(c.Tier)
}

// TierChange asks for a tier to be as a person wrote it; Tier.Key names it. Version is the revision of the tier's latest
// change that the editor saw.
type TierChange struct {
	ChangeOptions
	Tier    features.Tier
	Version int64
}

// UpdateTier saves what a person wrote of a tier; the key stays. It refuses as CreateTier does and, with Conflict, a tier
// that someone else has saved since. It gives the revision, 0 when nothing changed.
func (d *DB) UpdateTier(ctx context.Context, by features.Actor, c TierChange) (int64, error) {
	r, err := d.Apply(ctx, by, &c)
	return r.Revision, err
}

// Kind is "tier_update".
func (*TierChange) Kind() string { return "tier_update" }

func (c *TierChange) apply(t *tx, _ *Result) error {
	is := c.Tier.Normalize()
	was, err := t.tier(is.Key)
	if err != nil {
		return err
	}
	if err := is.Validate(); err != nil {
		return err
	}
	if _, after := changedFields(tierState(was), tierState(is)); len(after) == 0 {
		return nil
	}
	if err := t.checkVersion("tier", was.ID, 0, c.Version); err != nil {
		return err
	}
	if err := t.begin(changeSet{action: "tier.update", summary: "Edited tier " + is.Name}); err != nil {
		return err
	}
	return t.updateTier(was, is)
}

// TierVersion is the revision of the latest change of a tier's own fields: what an edit form is held against.
func (d *DB) TierVersion(ctx context.Context, id int64) (int64, error) {
	return version(ctx, d.reader, "tier", id, 0)
}

// TierDeletion asks for a tier to go. MoveTo is the key of the tier that its accounts go to, or features.NoTier; it may be
// empty where there are none.
type TierDeletion struct {
	ChangeOptions
	Key, MoveTo string
}

// DeleteTier takes a tier away, with all that it lists, and moves its accounts in the same change set. It refuses, with
// Conflict, a tier that has accounts when it is not said where these go.
func (d *DB) DeleteTier(ctx context.Context, by features.Actor, c TierDeletion) (int64, error) {
	r, err := d.Apply(ctx, by, &c)
	return r.Revision, err
}

// Kind is "tier_delete".
func (*TierDeletion) Kind() string { return "tier_delete" }

func (c *TierDeletion) apply(t *tx, _ *Result) error {
	tier, err := t.tier(c.Key)
	if err != nil {
		return err
	}
	to, err := t.heir(tier, c.MoveTo)
	if err != nil {
		return err
	}
	accounts, err := t.accountsIn(tier)
	if err != nil {
		return err
	}
	if len(accounts) > 0 && c.MoveTo == "" {
		return &features.Error{
			Kind: features.Conflict, Field: "move_to",
			Message: fmt.Sprintf("%s in %s. Choose the tier to move them to.", isOrAre(len(accounts), "account"), tier.Name),
		}
	}
	if err := t.begin(changeSet{action: "tier.delete", summary: deletionSummary(tier, to, len(accounts))}); err != nil {
		return err
	}
	for step := range slices.Chunk(accounts, bulkStep) {
		if err := t.setTier(to, idList(step)); err != nil {
			return err
		}
	}
	return t.deleteTier(tier)
}

// heir is the tier that the accounts of one that goes move to; the zero tier for none.
func (t *tx) heir(gone features.Tier, key string) (features.Tier, error) {
	if key == "" || key == features.NoTier {
		return features.Tier{}, nil
	}
	to, err := t.tier(key)
	switch {
	case features.KindOf(err) == features.NotFound:
		err = &features.Error{Kind: features.Invalid, Field: "move_to", Message: fmt.Sprintf("There is no tier with the key %q. Choose another.", key)}
	case err == nil && to.ID == gone.ID:
		err = &features.Error{Kind: features.Invalid, Field: "move_to", Message: "Choose another tier: " + gone.Name + " is being deleted."}
	}
	return to, err
}

// accountsIn gives the numbers of the accounts of a tier.
func (t *tx) accountsIn(tier features.Tier) ([]int64, error) {
	return collect(t.ctx, t, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) },
		`SELECT id FROM accounts WHERE tier_id = ?1 ORDER BY id`, tier.ID)
}

func isOrAre(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return words.Count(n, noun) + " are"
}

func deletionSummary(tier, to features.Tier, accounts int) string {
	summary := "Deleted tier " + tier.Name
	switch {
	case accounts == 0:
		return summary
	case to.ID == 0:
		return summary + ", which leaves " + words.Count(accounts, "account") + " without one"
	}
	return summary + " and moved " + words.Count(accounts, "account") + " to " + to.Name
}

// TierMove asks for one account to change its tier: From and To are keys, "" for none. From is what the editor saw.
type TierMove struct {
	ChangeOptions
	Account  int64
	From, To string
}

// MoveAccount moves one account to another tier and gives the revision, 0 when it is there already. It refuses a tier that
// does not exist and, with Conflict, an account that someone else has moved since.
func (d *DB) MoveAccount(ctx context.Context, by features.Actor, m TierMove) (int64, error) {
	r, err := d.Apply(ctx, by, &m)
	return r.Revision, err
}

// Kind is "account_tier".
func (*TierMove) Kind() string { return "account_tier" }

func (c *TierMove) apply(t *tx, _ *Result) error {
	stored, err := t.account(c.Account)
	if err != nil || stored.draft.Tier == c.To {
		return err
	}
	if stored.draft.Tier != c.From {
		return &features.Error{
			Kind: features.Conflict, Field: "tier",
			Message: stored.draft.Name + " has been moved since you opened this. Check its tier before you move it.",
		}
	}
	to, summary := features.Tier{}, "Removed the tier from "+stored.draft.Name
	if c.To != "" {
		if to, err = t.tier(c.To); err != nil {
			return err
		}
		summary = "Moved " + stored.draft.Name + " to the tier " + to.Name
	}
	if err := t.begin(changeSet{action: "account.tier", summary: summary}); err != nil {
		return err
	}
	return t.setTier(to, idList([]int64{c.Account}))
}

// tier reads a tier as the transaction sees it, or refuses with NotFound.
func (t *tx) tier(key string) (features.Tier, error) {
	found, err := collect(t.ctx, t, scanTier, selectTiers+` WHERE key = ?1`, key)
	if err != nil {
		return features.Tier{}, err
	}
	if len(found) == 0 {
		return features.Tier{}, &features.Error{Kind: features.NotFound, Message: fmt.Sprintf("There is no tier with the key %q.", key)}
	}
	return found[0], nil
}

func (t *tx) insertTier(tier features.Tier) error {
	result, err := t.exec(`INSERT INTO tiers (key, name, description, position) VALUES (?1, ?2, ?3, ?4)`,
		tier.Key, tier.Name, tier.Description, tier.Position)
	if violatesUnique(err) {
		return &features.Error{Kind: features.Invalid, Field: "key", Message: fmt.Sprintf("The key %s is taken.", tier.Key)}
	}
	if err != nil {
		return err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return err
	}
	after := tierState(tier)
	after["key"] = tier.Key
	return t.recordTier(entry{id: id, name: tier.Name, action: "create", new: after})
}

func (t *tx) updateTier(was, is features.Tier) error {
	_, err := t.exec(`UPDATE tiers SET name = ?2, description = ?3, position = ?4 WHERE id = ?1`, was.ID, is.Name, is.Description, is.Position)
	if err != nil {
		return err
	}
	before, after := changedFields(tierState(was), tierState(is))
	return t.recordTier(entry{id: was.ID, name: was.Name, action: "update", old: before, new: after})
}

// deleteTier removes a tier that no account is in, with what it lists.
func (t *tx) deleteTier(tier features.Tier) error {
	catalogue, err := t.catalogue()
	if err != nil {
		return err
	}
	for _, x := range catalogue.TierFeatures() {
		if x.TierID == tier.ID {
			if err := t.clearTierFeature(tier, catalogue.FeatureByID(x.FeatureID), x); err != nil {
				return err
			}
		}
	}
	if _, err := t.exec(`DELETE FROM tiers WHERE id = ?1`, tier.ID); err != nil {
		return err
	}
	before := tierState(tier)
	before["key"] = tier.Key
	return t.recordTier(entry{id: tier.ID, name: tier.Name, action: "delete", old: before})
}

// tierState is a tier as the audit log records it.
func tierState(tier features.Tier) map[string]any {
	return map[string]any{"name": tier.Name, "description": tier.Description, "position": tier.Position}
}

func (t *tx) recordTier(e entry) error {
	e.entity = "tier"
	if err := t.record(e); err != nil {
		return err
	}
	return t.touchCatalogue()
}
