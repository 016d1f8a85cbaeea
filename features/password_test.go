package features_test

import (
	"strings"
	"testing"
	"time"

	"flagstone/features"
)

func TestValidatePassword(t *testing.T) {
	t.Parallel()
	dana := features.UserDraft{Email: "dana.williams@corp.example", Name: "Dana Williams"}
	long := strings.Repeat("kwolux gemtify ", 13) + "abcd!"
	for _, good := range []string{
		"correct-horse-battery", "correct horse battery", "flagstone-demo", "taken over by me", "a new password", "another password",
		"xT9#pl2vQw!z", "847291640182", "der Wal frisst Zwiebeln", "秘密の言葉は山の上にあるよ", "éàüößñçøåæþð",
		"I met Dana in Kyoto", "hello world, summer love", "password for the garden shed", long,
	} {
		wantProblems(t, good, features.ValidatePassword(good, dana))
	}
	for _, bad := range []string{
		"", "xT9#pl2vQw!", "éééééé", "éàüößñçøåæþ", long + "x",
		"aaaaaaaaaaaa", strings.Repeat(" ", 12), "éééééééééééé", "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301a\u0301", "abababababab", "abcabcabcabc", "flagstoneflagstone",
		"121212121212", "123456789012", "987654321098", "qwertyuiop[]", "zyxwvutsrqponm", "1qaz2wsx3edc", "1q2w3e4r5t6y",
		"password1234", "PASSWORD1234", "Password 2024!", "p@ssw0rd1234", "P4$$w0rd2024", "letmein12345", "welcomehome12", "Flagstone2026!", "admin-admin-1",
		"qwerty123456", "iloveyou1234", "passwordabcd", "administrator1", "summer2024!!", "passwort12345",
		"dana.williams@corp.example", "DanaWilliams1", "williams-dana-99", "dana12345678", "corpwilliams1",
		"correct\x00horse", "correct\nhorse", "correct horse\xff",
	} {
		wantProblems(t, bad, features.ValidatePassword(bad, dana), "password")
	}
	wantProblems(t, "a name that is nobody's", features.ValidatePassword("DanaWilliams1", features.UserDraft{}))
}

func TestCanonicalPassword(t *testing.T) {
	t.Parallel()
	if a, b := features.CanonicalPassword("caf\u00e9"), features.CanonicalPassword("cafe\u0301"); a != b {
		t.Errorf("one word in two spellings is %q and %q", a, b)
	}
}

func TestPasswordLinks(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	invite, reset := features.NewPasswordLink(true, at), features.NewPasswordLink(false, at)
	if invite.Purpose != features.Invite || invite.ExpiresAt != at.AddDate(0, 0, 7) || !strings.Contains(invite.Purpose.Noun(), "invitation") {
		t.Errorf("an invitation is %+v", invite)
	}
	if reset.Purpose != features.Reset || reset.ExpiresAt != at.AddDate(0, 0, 1) || !strings.Contains(reset.Purpose.Noun(), "reset") {
		t.Errorf("a reset is %+v", reset)
	}
}
