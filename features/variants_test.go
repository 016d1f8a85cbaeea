package features_test

import (
	"errors"
	"testing"

	"flagstone/features"
)

func TestCheckVariants(t *testing.T) {
	t.Parallel()
	if err := features.CheckVariants([]features.Variant{{Key: "a", Weight: 4000}, {Key: "b", Weight: 6000}}); err != nil {
		t.Error(err)
	}
	var problems features.Problems
	err := features.CheckVariants([]features.Variant{{Key: "a", Weight: 4000}, {Key: "a", Weight: 5900}})
	if !errors.As(err, &problems) || len(problems) != 2 || problems[0].Field != "variants.2.key" || problems[1].Field != "variants" {
		t.Errorf("refused as %v", err)
	}
}
