package features_test

import (
	"errors"
	"fmt"
	"testing"

	"flagstone/features"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	cause := errors.New("the disk is full")
	refusal := &features.Error{Kind: features.Conflict, Message: "Someone was faster.", Err: cause}
	if refusal.Error() != "Someone was faster." || !errors.Is(refusal, cause) {
		t.Errorf("got %v", refusal)
	}
	refusal.Field = "slug"
	if refusal.Error() != "slug: Someone was faster." {
		t.Errorf("got %v", refusal)
	}
	problems := features.Problems{{Kind: features.Invalid, Field: "a", Message: "One."}, {Kind: features.NotFound, Message: "Two."}}
	if problems.Error() != "a: One.; Two." {
		t.Errorf("got %v", problems)
	}
	if !errors.Is(features.Problems{problems[0], refusal}, cause) {
		t.Error("the cause of a problem is not found")
	}
	for _, c := range []struct {
		err  error
		want features.Kind
	}{
		{nil, 0},
		{cause, 0},
		{refusal, features.Conflict},
		{fmt.Errorf("saving: %w", refusal), features.Conflict},
		{problems, features.Invalid},
		{fmt.Errorf("saving: %w", problems), features.Invalid},
		{features.Problems{refusal, refusal}, features.Conflict},
		{features.Problems{refusal, problems[0]}, features.Invalid},
	} {
		if got := features.KindOf(c.err); got != c.want {
			t.Errorf("KindOf(%v) = %d, want %d", c.err, got, c.want)
		}
	}
	if (features.Problems{}).Err() != nil || problems.Err() == nil {
		t.Error("problems are an error when, and only when, there are any")
	}
}

func TestTogether(t *testing.T) {
	t.Parallel()
	wantProblems(t, "nothing wrong", features.Together(nil, nil))
	one, other := features.CheckReason("\x00"), features.AccountDraft{}.Validate()
	wantProblems(t, "two checks", features.Together(one, nil, other), "reason", "name")
}
