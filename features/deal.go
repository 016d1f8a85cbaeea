package features

// dealing is how the users of an account come by their values of a feature, where nobody of them is asked about.
type dealing int8

const (
	dealtNot dealing = iota // all of them have the same
	byWeight                // each the variant that it is dealt
	amongOn                 // the same where that is on, else one of those that are on
	openly                  // the same where that is on, else the default's value
)

// deal returns the variant of a subject by weight: the variants lie side by side along the 10,000 buckets, in their order,
// each as long as its weight. It returns nil when there is none.
func (f *Feature) deal(subject string) *Variant {
	return f.variantAt(variantBucket(f.Key, subject), false)
}

// dealOn returns the variant of a subject where the feature is switched on without a value: the one that it is dealt, if that
// is on; else it is dealt again, among those that are on.
func (f *Feature) dealOn(subject string) *Variant {
	if dealt := f.deal(subject); dealt != nil && dealt.Value.Enabled {
		return dealt
	}
	return f.variantAt(secondBucket(f.Key, subject), true)
}

// variantAt returns the variant that lies at a bucket; with onlyOn those that are on share all buckets, their weights kept
// in proportion.
func (f *Feature) variantAt(bucket int, onlyOn bool) *Variant {
	place := Percent(bucket) * f.weights(onlyOn) / Everyone
	for i := range f.Variants {
		v := &f.Variants[i]
		if onlyOn && !v.Value.Enabled {
			continue
		}
		if place < v.Weight {
			return v
		}
		place -= v.Weight
	}
	return nil
}

func (f *Feature) weights(onlyOn bool) (sum Percent) {
	for i := range f.Variants {
		if !onlyOn || f.Variants[i].Value.Enabled {
			sum += f.Variants[i].Weight
		}
	}
	return sum
}

// userValues is what is dealt of a feature, and how: what the users of an account have, or one value for all of them.
type userValues struct {
	how     dealing
	value   Value // where all have the same
	variant string
}

// userValues returns what the users of an account have.
func (s AccountValue) userValues() userValues {
	if s.how != dealtNot {
		return userValues{how: s.how}
	}
	return userValues{dealtNot, s.Value, s.Variant}
}

// at returns what a user has who lies at two buckets: the one of the variants, and the one of whoever is dealt again.
func (d userValues) at(f *Feature, first, second int) answer {
	if d.how == dealtNot {
		return answer{value: d.value, variant: d.variant}
	}
	v := f.variantAt(first, false)
	if d.how == amongOn && (v == nil || !v.Value.Enabled) {
		v = f.variantAt(second, true)
	}
	if v != nil && (v.Value.Enabled || d.how == byWeight) {
		return answer{value: v.Value, variant: v.Key}
	}
	return answer{value: f.filled(Value{Enabled: true})}
}

// alike reports whether every user has the same of two versions of a feature.
func alike(f, g *Feature, was, is userValues) bool {
	for _, first := range append(f.edges(false), g.edges(false)...) {
		for _, second := range append(f.edges(true), g.edges(true)...) {
			was, is := was.at(f, first, second), is.at(g, first, second)
			if was != is && (was.value.Enabled || is.value.Enabled) {
				return false
			}
		}
	}
	return true
}

// edges returns the first bucket of every variant: between them nothing changes.
func (f *Feature) edges(onlyOn bool) []int {
	edges, sum, end := []int{0}, f.weights(onlyOn), Percent(0)
	for _, v := range f.Variants {
		if end += v.Weight; onlyOn && !v.Value.Enabled {
			end -= v.Weight
		}
		if end < sum {
			edges = append(edges, int((end*Everyone+sum-1)/sum))
		}
	}
	return edges
}
