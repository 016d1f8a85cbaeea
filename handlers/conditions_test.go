package handlers

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

// conditional is one kind of thing with a version: where it is, and a change of it that says n and can be read again.
type conditional struct {
	name, path, method string
	body               func(n int) string
	read               func(body map[string]any) int
}

func conditionals() []conditional {
	patched := func(name, path, member string) conditional {
		return conditional{
			name, path, http.MethodPatch,
			func(n int) string { return fmt.Sprintf(`{%q:"%d"}`, member, n) },
			func(body map[string]any) int { return number(body[member]) },
		}
	}
	return []conditional{
		{
			"feature", admin + "/features/ai_agents", http.MethodPatch,
			func(n int) string { return fmt.Sprintf(`{"metadata":{"n":"%d"}}`, n) },
			func(body map[string]any) int {
				metadata, _ := body["metadata"].(map[string]any)
				return number(metadata["n"])
			},
		},
		patched("account", admin+"/accounts/maple-garage", "postal_code"),
		patched("tier", admin+"/tiers/pro", "description"),
		patched("component", admin+"/components/board", "description"),
		patched("model", admin+"/models/1", "family"),
		{
			"override", admin + "/accounts/arizona-comedy/overrides/limit", http.MethodPut,
			func(n int) string { return fmt.Sprintf(`{"enabled":true,"value":%d}`, n) },
			func(body map[string]any) int { return number(body["value"]) },
		},
		{
			"tier feature", admin + "/tiers/pro/features/limit", http.MethodPut,
			func(n int) string { return fmt.Sprintf(`{"enabled":true,"value":%d}`, n) },
			func(body map[string]any) int { return number(body["value"]) },
		},
	}
}

func number(value any) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(fmt.Sprint(value), ".0"))
	return n
}

// editingEverything is a site with one of each kind of thing, and who may change them.
func editingEverything(t *testing.T) (*site, *browser) {
	t.Helper()
	s := newSite(t)
	limit := features.FeatureDraft{Key: "limit", Name: "Limit", Type: features.IntegerType}
	if _, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), limit); err != nil {
		t.Fatal(err)
	}
	b := s.bearing(s.key(features.ScopeAdmin))
	b.json(http.MethodPost, admin+"/tiers", `{"key":"pro","name":"Pro","order":1}`).want(http.StatusCreated)
	b.json(http.MethodPost, admin+"/components", `{"key":"board","name":"board","display_name":"Board","category":"ui"}`).want(http.StatusCreated)
	b.json(http.MethodPost, admin+"/models", `{"provider":"a","model_id":"b","name":"B","type":"chat"}`).want(http.StatusCreated)
	for _, path := range []string{"/accounts/arizona-comedy/overrides/limit", "/tiers/pro/features/limit"} {
		b.json(http.MethodPut, admin+path, `{"enabled":true,"value":0}`).want(http.StatusOK)
	}
	return s, b
}

// Eight clients count up each kind of thing at once, each reading it and writing what it read plus one at the version it
// read. FLAGSTONE_UPDATES is how often each does so.
func TestNoUpdateIsLost(t *testing.T) {
	t.Parallel()
	updates, err := strconv.Atoi(os.Getenv("FLAGSTONE_UPDATES"))
	if err != nil {
		updates = 25
	}
	_, b := editingEverything(t)
	for _, thing := range conditionals() {
		var clients sync.WaitGroup
		for range 8 {
			clients.Go(func() {
				for done := 0; done < updates; {
					is := b.get(thing.path)
					body := thing.body(thing.read(is.members()) + 1)
					switch a := b.at(is.Header.Get("ETag")).json(thing.method, thing.path, body); a.StatusCode {
					case http.StatusOK:
						done++
					case http.StatusPreconditionFailed:
					default:
						t.Errorf("%s: status %d: %s", thing.name, a.StatusCode, a.body)
						return
					}
				}
			})
		}
		clients.Wait()
		if n := thing.read(b.get(thing.path).members()); n != 8*updates {
			t.Errorf("of %d updates of the %s %d are left", 8*updates, thing.name, n)
		}
	}
}

// The mode is switched to and fro by several clients, each of whom switches what it read: as often as that was done, it is
// switched.
func TestNoSwitchOfTheModeIsLost(t *testing.T) {
	t.Parallel()
	s, b := editingEverything(t)
	other := map[any]string{"live": "open", "open": "live"}
	before := s.changes()
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for done := 0; done < 10; {
				is := b.get(admin + "/mode")
				a := b.at("W/"+is.Header.Get("ETag")).json(http.MethodPut, admin+"/mode", fmt.Sprintf(`{"mode":%q}`, other[is.members()["mode"]]))
				if a.StatusCode == http.StatusOK {
					done++
				} else if a.StatusCode != http.StatusPreconditionFailed {
					t.Errorf("status %d: %s", a.StatusCode, a.body)
					return
				}
			}
		})
	}
	clients.Wait()
	if made := s.changes() - before; made != 80 {
		t.Errorf("of 80 switches %d are in the log", made)
	}
	if mode := b.get(admin + "/mode").members()["mode"]; mode != "live" {
		t.Errorf("after 80 switches the mode is %v", mode)
	}
}

// "*" means whatever is there now: in a race too it is never 412, and nothing else of the thing is lost.
func TestAnyVersionIsNeverStale(t *testing.T) {
	t.Parallel()
	_, b := editingEverything(t)
	for _, thing := range conditionals() {
		var clients sync.WaitGroup
		for i := range 8 {
			clients.Go(func() {
				for n := range 5 {
					b.at("*").json(thing.method, thing.path, thing.body(1+10*i+n)).want(http.StatusOK)
				}
			})
		}
		clients.Wait()
	}
	one := admin + "/components/board"
	members := []string{"name", "display_name", "description", "category", "subcategory"}
	var clients sync.WaitGroup
	for _, member := range members {
		clients.Go(func() {
			for n := range 10 {
				b.at("*").json(http.MethodPatch, one, fmt.Sprintf(`{%q:"x%d"}`, member, n)).want(http.StatusOK)
			}
		})
	}
	clients.Wait()
	is := b.get(one).members()
	for _, member := range members {
		if is[member] != "x9" {
			t.Errorf("%s is %v: an update of another member took it back", member, is[member])
		}
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	_, b := editingEverything(t)
	for _, thing := range conditionals() {
		is := b.get(thing.path).want(http.StatusOK)
		tag := is.Header.Get("ETag")
		write := func(b *browser, status int) {
			t.Helper()
			a := b.json(thing.method, thing.path+"?preview=1", thing.body(7))
			if a.StatusCode != status {
				t.Errorf("%s, If-Match %q: status %d, want %d: %s", thing.name, b.header["If-Match"], a.StatusCode, status, a.body)
			}
			if strings.Contains(a.body, "eload") {
				t.Errorf("%s: a program is told of a page: %s", thing.name, a.body)
			}
		}
		for _, match := range []string{tag, "W/" + tag, `"0", ` + tag, `"x",W/"y",W/` + tag, "*"} {
			write(b.at(match), http.StatusOK)
		}
		for _, stale := range []string{`"0"`, `W/"0"`, `"0", "999999"`, "nonsense", strings.Trim(tag, `"`)} {
			write(b.at(stale), http.StatusPreconditionFailed)
		}
		write(b, http.StatusPreconditionRequired)
		write(b.with("If-None-Match", "*"), http.StatusPreconditionFailed)
		write(b.at(tag).with("If-None-Match", tag), http.StatusPreconditionFailed)
		for _, known := range []string{tag, "W/" + tag, `"0", ` + tag, "*"} {
			if a := b.with("If-None-Match", known).get(thing.path); a.StatusCode != http.StatusNotModified || a.body != "" || a.Header.Get("ETag") != tag {
				t.Errorf("%s, If-None-Match %s: status %d, ETag %q", thing.name, known, a.StatusCode, a.Header.Get("ETag"))
			}
		}
		b.with("If-None-Match", `"0"`).get(thing.path).want(http.StatusOK)
	}
}

// What is not there yet may be made without a version, once.
func TestWhatIsNewIsMadeOnce(t *testing.T) {
	t.Parallel()
	_, b := editingEverything(t)
	for _, path := range []string{admin + "/accounts/maple-garage/overrides/limit", admin + "/tiers/pro/features/ai_agents"} {
		body := `{"enabled":true}`
		if strings.Contains(path, "limit") {
			body = `{"enabled":true,"value":1}`
		}
		b.at("*").json(http.MethodPut, path, body).want(http.StatusPreconditionFailed)
		for round := range 5 {
			var made, refused int
			var mu sync.Mutex
			var clients sync.WaitGroup
			for i := range 4 {
				clients.Go(func() {
					by := b
					if i == 0 {
						by = b.with("If-None-Match", "*")
					}
					a := by.json(http.MethodPut, path, strings.Replace(body, "1", strconv.Itoa(10*round+i), 1))
					mu.Lock()
					defer mu.Unlock()
					switch a.StatusCode {
					case http.StatusOK:
						made++
					case http.StatusPreconditionRequired, http.StatusPreconditionFailed:
						refused++
					}
				})
			}
			clients.Wait()
			if made != 1 || refused != 3 {
				t.Errorf("%s: of four %d made it and %d were refused", path, made, refused)
			}
			b.at("*").json(http.MethodDelete, path, "").want(http.StatusNoContent)
		}
	}
}
