package db

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"flagstone/features"
)

// applyRules leaves alone what would break a rule of the registry (docs/evaluation.md §11) with everything else put
// back. It reports whether it has found any: the others may need what is left unchanged.
func (p *undoPlanner) applyRules() (found bool, err error) {
	if !slices.ContainsFunc(p.rows, undoRow.hasRules) {
		return false, nil
	}
	proposed, err := p.proposed()
	if err != nil {
		return false, err
	}
	for i, r := range p.rows {
		if !r.hasRules() || r.Entity != "feature" {
			continue
		}
		fault, err := p.featureFault(proposed, r.EntityID)
		if err != nil {
			return false, err
		}
		if fault == "" {
			continue
		}
		found, p.rows[i].why, p.rows[i].words = true, leftRule, fault
		if proposed, err = p.proposed(); err != nil {
			return false, err
		}
	}
	checks := valueChecks{byFeature: make(map[int64]features.ValueCheck), faults: make(map[valueState]string)}
	for i, r := range p.rows {
		if !r.hasRules() || r.Entity == "feature" {
			continue
		}
		fault, err := checks.fault(proposed, r)
		if err != nil {
			return false, err
		}
		if fault != "" {
			found, p.rows[i].why, p.rows[i].words = true, leftRule, fault
		}
	}
	return found, nil
}

// hasRules reports whether a row is put back to a state that rules look at.
func (r undoRow) hasRules() bool { return r.why == "" && r.State != nil && r.Entity != "tier" }

// proposed is the registry with what is put back.
func (p *undoPlanner) proposed() (*features.Catalogue, error) {
	if p.stored == nil {
		stored, err := loadCatalogue(p.ctx, p.tx)
		if err != nil {
			return nil, err
		}
		p.stored = stored
	}
	state := pastState{registry: p.stored.Registry(), reached: make(map[string]bool)}
	for _, r := range p.rows {
		if r.why == "" && slices.Contains([]string{"feature", "tier", "tier_feature"}, r.Entity) {
			if err := state.reverse(r.Reversal); err != nil {
				return nil, err
			}
		}
	}
	if !state.catalogue {
		return p.stored, nil
	}
	return features.NewCatalogue(state.registry), nil
}

// featureFault says why a feature cannot be what it was: its names in a portal, what it is linked to, or what is set of it
// by now. It is empty where nothing is in the way.
func (p *undoPlanner) featureFault(proposed *features.Catalogue, id int64) (string, error) {
	was, is := p.stored.FeatureByID(id), proposed.FeatureByID(id)
	if was == nil {
		for _, other := range proposed.Features() {
			if other.ID != id && features.SameNames(is.Key, other.Key) {
				return "in the portal its key now has the same name as " + other.Key, nil
			}
		}
		return faultOf(proposed.CheckLinks(is.Key))
	}
	var err error
	if !slices.Equal(was.DependsOn, is.DependsOn) || !slices.Equal(was.ConflictsWith, is.ConflictsWith) {
		err = proposed.CheckLinks(is.Key)
	}
	if err == nil && !was.AllowsTheSame(is) {
		err = checkValues(p.ctx, p.tx, was, is, unlessPutBack, p.set.ID, p.left())
	}
	if err == nil && !reflect.DeepEqual(was.Variants, is.Variants) {
		err = checkForced(p.ctx, p.tx, is, unlessPutBack, p.set.ID, p.left())
	}
	return faultOf(err)
}

// unlessPutBack excepts the rows x of a table that the undo of change set ?2 puts back.
func unlessPutBack(entity, id string) string {
	return ` AND NOT EXISTS (SELECT 1 FROM audit c WHERE c.entity = '` + entity + `' AND c.entity_id = ` + id + `
		AND c.feature_id = ?1 AND c.change_set_id = ?2 AND c.id NOT IN ` + staying + `)`
}

// faultOf takes the words out of a refusal, to stand behind a name and a colon.
func faultOf(err error) (string, error) {
	var refusal *features.Error
	var problems features.Problems
	if errors.As(err, &problems) {
		refusal = problems[0]
	} else if !errors.As(err, &refusal) {
		return "", err
	}
	return clause(refusal.Message), nil
}

// clause makes a sentence a part of another.
func clause(sentence string) string {
	_, first := utf8.DecodeRuneInString(sentence)
	return strings.TrimSuffix(strings.ToLower(sentence[:first])+sentence[first:], ".")
}

// valueChecks are the checks of the values of features, by their number, and what they found: the rows of a bulk change
// share a few states.
type valueChecks struct {
	byFeature map[int64]features.ValueCheck
	faults    map[valueState]string
}

// valueState is the recorded state of a value of a feature.
type valueState struct {
	feature int64
	state   string
}

// fault says why a value that an override or a tier gave can no longer be given.
func (c valueChecks) fault(proposed *features.Catalogue, r undoRow) (string, error) {
	if fault, known := c.faults[valueState{r.FeatureID, string(r.State)}]; known {
		return fault, nil
	}
	fault, err := c.find(proposed, r)
	if err == nil {
		c.faults[valueState{r.FeatureID, string(r.State)}] = fault
	}
	return fault, err
}

func (c valueChecks) find(proposed *features.Catalogue, r undoRow) (string, error) {
	f := proposed.FeatureByID(r.FeatureID)
	if f == nil { // the references say so next
		return "", nil
	}
	var state recordedState
	if err := json.Unmarshal(r.State, &state); err != nil {
		return "", err
	}
	if state.Variant != "" {
		if hasVariant(f, state.Variant) {
			return "", nil
		}
		return "the variant " + state.Variant + " no longer exists", nil
	}
	check, known := c.byFeature[f.ID]
	if !known {
		check = f.ValueCheck()
		c.byFeature[f.ID] = check
	}
	value := features.Value{Data: dataOf(state.Value)}
	setIf(&value.Enabled, state.Enabled)
	if fault := check.Fault(value); fault != "" {
		return "the value " + value.Words() + " is no longer allowed: " + clause(fault), nil
	}
	return "", nil
}
