package db

import "flagstone/registry"

// applyGated writes what a plan says of models and components. Their features are there already.
func (t *tx) applyGated(plan *registry.ImportPlan) error {
	if err := applyEntries(t, plan.Models, storedModel); err != nil {
		return err
	}
	return applyEntries(t, plan.Components, storedComponent)
}

// applyEntries records what becomes of the entries of one kind, and does it.
func applyEntries[T any](t *tx, planned []registry.PlannedChange[T], entryOf func(T) gatedEntry) error {
	var created []gatedEntry
	entity := ""
	for _, p := range planned {
		var err error
		switch p.Outcome {
		case registry.Created:
			created = append(created, entryOf(p.Is))
			entity = created[0].entity
		case registry.Updated:
			was := entryOf(p.Was)
			entity, err = was.entity, t.recordUpdated(was, entryOf(p.Is))
		case registry.Deleted:
			was := entryOf(p.Was)
			entity, err = was.entity, t.recordDeleted(was)
		}
		if err != nil {
			return err
		}
	}
	if entity == "" {
		return nil
	}
	if err := t.recordCreated(created); err != nil {
		return err
	}
	return t.writeGated(entity)
}
