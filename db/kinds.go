package db

import (
	"slices"
	"strings"
)

// kind is one kind of thing that the audit log records and that undo can put back. To have undo restore a new column,
// add it to the columns here.
type kind struct {
	entity    string
	table     string
	key       []keyColumn
	columns   []column
	beyond    string      // SQL for what states say of the row x beyond its columns, in JSON; "" for nothing
	stamps    []keyColumn // written with every restoring: ?1 is the change set, ?2 the time, ?3 who
	whole     bool        // states name every column, so that what is there is replaced
	catalogue bool        // a change of it is a change of the catalogue
	refers    []reference // what keeps one from being deleted
	taken     string      // SQL for what keeps a state a.old from coming back, "" where nothing does
}

// keyColumn is a column with SQL for what belongs in it, of a row a of the log.
type keyColumn struct{ name, value string }

// column is a column that states name. The zero form is a plain value, written as it is.
type column struct {
	name string
	form form
}

// form is how a column stands in a state.
type form int

const (
	plain      form = iota
	boolean         // true and false
	inJSON          // JSON within the JSON
	typed           // a value of a feature: JSON within the JSON, null for none, which is stored as ''
	tierKey         // tier_id, which states name as "tier", by its key
	featureKey      // feature_id, which states name as "feature", by its key
	created         // a moment that states may leave out: then it is the moment of the restoring
	targeting       // an account's targeting key, which states may leave out: it follows from the others
)

// reference is a table whose rows point to a thing, what they are in the log, and what to call them.
type reference struct{ entity, table, column, noun string }

func plainColumns(names ...string) (columns []column) {
	for _, name := range names {
		columns = append(columns, column{name: name})
	}
	return columns
}

// kinds are in the order in which their rows are made; they are deleted the other way round.
var kinds = []kind{
	{
		entity: "tier", table: "tiers", key: byID, catalogue: true,
		columns: plainColumns("key", "name", "description", "position"),
		refers: []reference{
			{"account", "accounts", "tier_id", "account"}, {"tier_feature", "tier_features", "tier_id", "tier feature"},
		},
		taken: `EXISTS (SELECT 1 FROM tiers y WHERE y.id <> a.entity_id AND y.key = a.old->>'key')`,
	},
	{
		entity: "feature", table: "features", key: byID, catalogue: true,
		columns: append(plainColumns("key", "name", "description", "category", "subcategory", "icon", "help_url", "owner", "display_order"),
			column{"default_enabled", boolean}, column{"active", boolean}, column{"enabled", boolean}, column{"created_at", created},
			column{name: "strategy"}, column{name: "percentage"}, column{name: "rollout_by"}, column{"target", inJSON},
			column{"variants", inJSON}, column{"permanent", boolean}, column{"premium", boolean}, column{"requires_setup", boolean},
			column{name: "type"}, column{"constraints", inJSON}, column{"default_value", typed}, column{"depends_on", inJSON},
			column{"conflicts_with", inJSON}, column{"deprecated", boolean}, column{name: "deprecation_message"}, column{"metadata", inJSON}),
		stamps: append(slices.Clone(stamped), keyColumn{"updated_by", "?3"}),
		refers: []reference{
			{"override", "overrides", "feature_id", "override"},
			{"tier_feature", "tier_features", "feature_id", "tier"},
			{"upgrade_request", "upgrade_requests", "feature_id", "upgrade request"},
			{"model", "models", "feature_id", "model"},
			{"component", usedByComponents, "feature_id", "component"},
			{"feature", linkedFeatures, "feature_id", "linked feature"},
		},
		taken: `EXISTS (SELECT 1 FROM features y WHERE y.id <> a.entity_id AND y.key = a.old->>'key')`,
	},
	{
		entity: "tier_feature", table: "tier_features", whole: true, catalogue: true,
		key:     []keyColumn{{"tier_id", "a.entity_id"}, {"feature_id", "a.feature_id"}},
		columns: []column{{"enabled", boolean}, {"value", typed}, {"allow_override", boolean}, {"allow_upgrade", boolean}},
		stamps:  []keyColumn{{"revision", "?1"}},
	},
	{
		entity: "model", table: "models", key: byID, catalogue: true,
		columns: append(plainColumns("provider", "model_id", "name", "type", "family", "max_tokens", "context_window", "input_price", "output_price"),
			column{"tools", boolean}, column{"vision", boolean}, column{"streaming", boolean}, column{"feature", featureKey},
			column{"active", boolean}, column{"deprecated", boolean}, column{"created_at", created}),
		stamps: stamped,
		taken:  `EXISTS (SELECT 1 FROM models y WHERE y.id <> a.entity_id AND y.provider = a.old->>'provider' AND y.model_id = a.old->>'model_id')`,
	},
	{
		entity: "component", table: "components", key: byID, catalogue: true,
		columns: append(plainColumns("key", "name", "display_name", "description", "category", "subcategory", "icon", "docs_url"),
			column{"feature", featureKey}, column{"required_features", inJSON}, column{"beta", boolean}, column{"active", boolean},
			column{"created_at", created}),
		stamps: stamped,
		taken:  `EXISTS (SELECT 1 FROM components y WHERE y.id <> a.entity_id AND y.key = a.old->>'key')`,
	},
	{
		entity: "account", table: "accounts", key: byID,
		columns: append(plainColumns("slug", "external_id", "name", "contact_email", "postal_code", "status"),
			column{"targeting_key", targeting}, column{"tier", tierKey}, column{"metadata", inJSON}, column{"created_at", created}),
		stamps: stamped,
		refers: []reference{
			{"override", "overrides", "account_id", "override"},
			{"membership", "memberships", "account_id", "user"},
			{"upgrade_request", "upgrade_requests", "account_id", "upgrade request"},
		},
		taken: `coalesce(json_type(a.old, '$.slug'), json_type(a.old, '$.external_id')) IS NOT NULL
			AND EXISTS (SELECT 1 FROM accounts y WHERE y.id <> a.entity_id AND (y.slug IN ` + accountNames + `
			            OR y.external_id IN ` + accountNames + ` OR y.targeting_key IN ` + accountNames + `))`,
	},
	{
		entity: "user", table: "users", key: byID,
		columns: append(plainColumns("email", "name", "staff_role", "external_id"),
			column{"disabled", boolean}, column{"created_at", created}),
		beyond: `iif(x.password_hash = '', '{}', '{"password":"set"}')`,
		stamps: stamped,
		refers: []reference{
			{"membership", "memberships", "user_id", "membership"}, {"upgrade_request", "upgrade_requests", "asked_by", "upgrade request"},
		},
		taken: `EXISTS (SELECT 1 FROM users y WHERE y.id <> a.entity_id
			AND (y.email IN ` + userNames + ` OR y.external_id IN ` + userNames + `))`,
	},
	{
		entity: "membership", table: "memberships", columns: plainColumns("role"),
		key: []keyColumn{{"user_id", "a.entity_id"}, {"account_id", "a.account_id"}},
	},
	{
		entity: "override", table: "overrides", whole: true,
		key:     []keyColumn{{"account_id", "a.entity_id"}, {"feature_id", "a.feature_id"}},
		columns: append([]column{{"enabled", boolean}, {"value", typed}}, plainColumns("reason", "expires_at", "variant", "set_by", "set_at")...),
		stamps:  []keyColumn{{"revision", "?1"}},
	},
	{ // whose secret is in no state: one that was made can be removed, and never comes back
		entity: "key", table: "api_keys", key: byID, columns: plainColumns("name"),
	},
	{
		entity: "upgrade_request", table: "upgrade_requests",
		key:     []keyColumn{{"id", "a.entity_id"}, {"account_id", "a.account_id"}, {"feature_id", "a.feature_id"}},
		columns: plainColumns("asked_by", "asked_by_name", "message", "status", "asked_at", "decided_by", "decided_at", "note"),
		stamps:  []keyColumn{{"revision", "?1"}},
		taken: `a.old->>'status' = 'pending' AND EXISTS (SELECT 1 FROM upgrade_requests y WHERE y.id <> a.entity_id
			AND y.account_id = a.account_id AND y.feature_id = a.feature_id AND y.status = 'pending')`,
	},
	{
		entity: "setting", table: "settings", columns: plainColumns("value"), whole: true, catalogue: true,
		key: []keyColumn{{"key", "a.entity_name"}},
	},
}

var (
	byID    = []keyColumn{{"id", "a.entity_id"}}
	stamped = []keyColumn{{"revision", "?1"}, {"updated_at", "?2"}}
)

const (
	// usedByComponents is SQL for the features that components require.
	usedByComponents = `(SELECT id, feature_id FROM components UNION
		SELECT x.id, f.id FROM components x, json_each(x.required_features) n JOIN features f ON f.key = n.value)`
	// linkedFeatures is SQL for the features that others depend on or conflict with.
	linkedFeatures = `(SELECT x.id, f.id AS feature_id FROM features x, json_each(x.depends_on) n JOIN features f ON f.key = n.value UNION
		SELECT x.id, f.id FROM features x, json_each(x.conflicts_with) n JOIN features f ON f.key = n.value)`
	accountNames = `(a.old->>'slug', a.old->>'external_id', a.old->>'targeting_key')`
	userNames    = `(a.old->>'email', a.old->>'external_id')`
)

// from is SQL for a column as the state a.new has it.
func (c column) from() string {
	text := `a.new->>'` + c.name + `'`
	switch c.form {
	case tierKey:
		return `(SELECT id FROM tiers WHERE key = ` + text + `)`
	case featureKey:
		return `(SELECT id FROM features WHERE key = ` + text + `)`
	case typed:
		return `coalesce(nullif(a.new->'` + c.name + `', 'null'), '')`
	case created:
		return `coalesce(` + text + `, ?2)`
	case targeting:
		return `coalesce(` + text + `, a.new->>'external_id', a.new->>'slug')`
	}
	return text
}

// in is SQL for the column as it stands in a state, of the row x of its table.
func (c column) in() string {
	switch c.form {
	case boolean:
		return `json(iif(x.` + c.name + `, 'true', 'false'))`
	case inJSON:
		return `json(x.` + c.name + `)`
	case typed:
		return `json(nullif(x.` + c.name + `, ''))`
	case tierKey:
		return `(SELECT key FROM tiers WHERE id = x.tier_id)`
	case featureKey:
		return `(SELECT key FROM features WHERE id = x.feature_id)`
	}
	return `x.` + c.name
}

func (c column) stored() string {
	switch c.form {
	case tierKey:
		return "tier_id"
	case featureKey:
		return "feature_id"
	}
	return c.name
}

// state is SQL for all that is known of the row x, as a JSON object.
func (k kind) state() string {
	members := make([]string, len(k.columns))
	for i, c := range k.columns {
		members[i] = `'` + c.name + `', ` + c.in()
	}
	object := `json_object(` + strings.Join(members, ", ") + `)`
	if k.beyond != "" {
		return `json_patch(` + object + `, ` + k.beyond + `)`
	}
	return object
}

// match is SQL that joins the row x of the kind's table with the row a of the log.
func (k kind) match() string {
	conditions := make([]string, len(k.key))
	for i, c := range k.key {
		conditions[i] = `x.` + c.name + ` = ` + c.value
	}
	return strings.Join(conditions, " AND ")
}

// kindOf is the kind of an entity that undo knows.
func kindOf(entity string) kind {
	return kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.entity == entity })]
}
