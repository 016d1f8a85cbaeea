package features_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"flagstone/features"
)

func TestEffectOf(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, r *rand.Rand) {
		registry, _, accounts := randomWorld(r)
		before := registry[0]
		after := *before
		after.Active, after.Enabled, after.Default.Enabled = r.IntN(4) > 0, r.IntN(3) > 0, r.IntN(2) > 0
		effect := features.EffectOf(before, &after, slices.Values(accounts), now())
		var gain, lose []*features.Account
		on, off := 0, 0
		for _, a := range accounts {
			was := features.Evaluate(before, &features.Context{Account: a}, now()).Value.Enabled
			is := features.Evaluate(&after, &features.Context{Account: a}, now()).Value.Enabled
			switch {
			case was && is:
				on++
			case was:
				lose = append(lose, a)
			case is:
				gain = append(gain, a)
			default:
				off++
			}
		}
		if !slices.Equal(effect.Gain, gain) || !slices.Equal(effect.Lose, lose) || effect.On != on || effect.Off != off {
			t.Errorf("gain %d of %d, lose %d of %d, on %d of %d, off %d of %d", len(effect.Gain), len(gain), len(effect.Lose), len(lose),
				effect.On, on, effect.Off, off)
		}
		if effect.Feature != before || effect.Changes() != len(gain)+len(lose) {
			t.Errorf("the effect is of %v and changes %d", effect.Feature, effect.Changes())
		}
	})
}
