package console

import (
	"testing"
	"time"
)

func TestUploadsAreFewShortLivedAndOnePerSession(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	kept := newUploads()
	first := kept.keep(upload{session: 1, name: "a"}, now)
	second := kept.keep(upload{session: 1, name: "b"}, now)
	if _, ok := kept.take(1, first, now); ok {
		t.Error("a session keeps two files")
	}
	if _, ok := kept.take(2, second, now); ok {
		t.Error("another session takes the file")
	}
	if _, ok := kept.take(1, second, now.Add(uploadLifetime)); ok {
		t.Error("the file outlives its time")
	}
	tokens := []string{second}
	for session := range maxUploads {
		at := now.Add(time.Duration(session+1) * time.Minute)
		tokens = append(tokens, kept.keep(upload{session: int64(session + 2)}, at))
	}
	if _, ok := kept.take(1, second, now); ok || len(kept.kept) != maxUploads {
		t.Errorf("%d files are kept, the oldest among them: %v", len(kept.kept), ok)
	}
	kept.Sweep(now.Add(uploadLifetime + time.Minute))
	if _, ok := kept.take(2, tokens[1], now); ok || len(kept.kept) != maxUploads-1 {
		t.Errorf("after the sweep %d files are kept, the one whose time is over among them: %v", len(kept.kept), ok)
	}
	if file, ok := kept.take(3, tokens[2], now); !ok || file.session != 3 {
		t.Error("a file cannot be taken by who sent it")
	}
	if _, ok := kept.take(3, tokens[2], now); ok {
		t.Error("a file can be taken twice")
	}
}
