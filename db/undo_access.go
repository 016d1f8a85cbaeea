package db

import (
	"flagstone/features"
)

// actions is every action there is, and who may undo it beside the admins of the console: whoever may do it, editors
// (docs/admin-guide.md, "People and roles") and programs with a key. Of one that is not here, only an admin may.
var actions = []struct {
	name          string
	editors, keys bool
}{
	{"account.activate", true, true},
	{"account.create", true, true},
	{"account.delete", true, true},
	{"account.import", false, false},
	{"account.suspend", true, true},
	{"account.tier", true, true},
	{"account.update", true, true},
	{"bulk.clear", true, true},
	{"bulk.disable", true, true},
	{"bulk.disable-all", true, true},
	{"bulk.enable", true, true},
	{"bulk.set-tier", true, true},
	{"component.activate", true, true},
	{"component.create", true, true},
	{"component.deactivate", true, true},
	{"component.delete", true, true},
	{"component.update", true, true},
	{"feature.create", true, true},
	{"feature.delete", true, true},
	{"feature.kill", true, true},
	{"feature.restore", true, true},
	{"feature.retire", true, true},
	{"feature.revive", true, true},
	{"feature.rollout", true, true},
	{"feature.update", true, true},
	{"key.create", false, false},
	{"key.revoke", false, false},
	{"membership.create", true, false},
	{"membership.delete", true, false},
	{"membership.update", true, false},
	{"mode.set", false, true},
	{"model.activate", true, true},
	{"model.create", true, true},
	{"model.deactivate", true, true},
	{"model.delete", true, true},
	{"model.update", true, true},
	{"override.clear", true, true},
	{"override.expire", true, true},
	{"override.set", true, true},
	{"registry.import", false, false},
	{"session.revoke", true, false},
	{"settings.update", false, false},
	{"tier.create", true, true},
	{"tier.delete", true, true},
	{"tier.feature", true, true},
	{"tier.feature.clear", true, true},
	{"tier.update", true, true},
	{"upgrade.approve", true, true},
	{"upgrade.ask", true, true},
	{"upgrade.reject", true, true},
	{"upgrade.withdraw", true, true},
	{"user.create", true, false},
	{"user.disable", true, false},
	{"user.enable", true, false},
	{"user.invite", true, false},
	{"user.password", true, false},
	{"user.reset", true, false},
	{"user.update", true, false},
}

var editorActions, keyActions = func() (editors, keys string) {
	var byEditors, byKeys []string
	for _, a := range actions {
		if a.editors {
			byEditors = append(byEditors, a.name)
		}
		if a.keys {
			byKeys = append(byKeys, a.name)
		}
	}
	return `(` + quoted(byEditors) + `)`, `(` + quoted(byKeys) + `)`
}()

// firstAction is SQL for the action of change set c, of an undo or redo for what was done in the first place.
const firstAction = `(
	WITH RECURSIVE undone (action, undoes) AS (
		SELECT c.action, c.undoes
		UNION ALL SELECT u.action, u.undoes FROM undone JOIN change_sets u ON u.id = undone.undoes)
	SELECT action FROM undone WHERE undoes IS NULL)`

// adminOnly is SQL for a change set c that an editor may not undo: what it did takes an admin, or it is about staff or
// settings.
var adminOnly = `(` + firstAction + ` NOT IN ` + editorActions + ` OR EXISTS (
		SELECT 1 FROM audit a WHERE a.change_set_id = c.id AND a.entity IN ('user', 'setting')
		AND (a.entity = 'setting'
		     OR coalesce(a.old->>'staff_role', a.new->>'staff_role', (SELECT staff_role FROM users WHERE id = a.entity_id)) IS NOT NULL)))`

// openToKeys is SQL for a change set c that a program may undo: the API does the same, and it is about no people.
var openToKeys = `(` + firstAction + ` IN ` + keyActions + ` AND NOT EXISTS (
		SELECT 1 FROM audit a WHERE a.change_set_id = c.id AND a.entity IN ('user', 'setting')
		AND (a.entity = 'user' OR a.entity_name <> 'mode')))`

// mayUndo refuses whoever may not do directly what undoing a change set does. The command line may do everything.
func (t *tx) mayUndo(c ChangeSet) error {
	var may bool
	var refusal string
	var err error
	switch t.by.Kind {
	case features.ByUser:
		refusal = "Only an admin may undo this: it is about the staff, the settings, API keys or an import."
		err = t.row(`SELECT NOT ?2 OR EXISTS (SELECT 1 FROM users WHERE id = ?1 AND staff_role = 'admin' AND disabled = 0)`, t.by.UserID, c.AdminOnly).Scan(&may)
	case features.ByKey:
		refusal = "An API key may not undo this: people, API keys, settings and imports are for the console and the command line."
		err = t.row(`SELECT `+openToKeys+` FROM change_sets c WHERE c.id = ?1`, c.ID).Scan(&may)
	default:
		may = true
	}
	if err != nil || may {
		return err
	}
	return &features.Error{Kind: features.Forbidden, Message: refusal}
}
