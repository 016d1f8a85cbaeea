package features

import (
	"slices"
	"testing"
)

func TestDependents(t *testing.T) {
	t.Parallel()
	needs := func(key string, order int, keys ...string) *Feature {
		return &Feature{ID: int64(order), Key: key, DisplayOrder: order, Links: Links{DependsOn: keys}}
	}
	base, middle, top, apart := needs("base", 1), needs("middle", 2, "base"), needs("top", 3, "middle"), needs("apart", 4)
	c := NewCatalogue(Registry{Features: []*Feature{base, middle, top, apart}})
	for _, test := range []struct {
		of   []*Feature
		want []string
	}{
		{[]*Feature{base}, []string{"middle", "top"}},
		{[]*Feature{base, top}, []string{"middle"}},
		{[]*Feature{top}, []string{}},
		{[]*Feature{apart}, []string{}},
	} {
		if got := keysOf(c.Dependents(test.of...)); !slices.Equal(got, test.want) {
			t.Errorf("of %v: %v, want %v", keysOf(test.of), got, test.want)
		}
	}
}
