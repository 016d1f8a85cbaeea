package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers"
	"flagstone/registry"
)

// A bulk call evaluates 50 boolean features; every second one is released to half of the accounts.
const (
	ofrepFeatures = 50
	ofrepAccounts = 1000
	ofrepPath     = "/ofrep/v1/evaluate/flags"
)

// ofrep measures requests per second over the loopback, in turns with a plain handler. Each is served from a listener of
// its own, in the same way.
func (b *bench) ofrep() error {
	title(fmt.Sprintf("OFREP over the loopback, %d clients, client and server on the same cores", loadClients))
	d, secret, err := b.fillOFREP()
	if err != nil {
		return err
	}
	config := handlers.Config{DB: d, Secret: []byte(secret), Log: slog.New(slog.DiscardHandler), Version: "bench"}
	ours, stopOurs, err := listen(handlers.New(config))
	if err != nil {
		return err
	}
	defer stopOurs()
	plain, stopPlain, err := listen(newPlainOFREP(d.Live()))
	if err != nil {
		return err
	}
	defer stopPlain()
	who := &caller{key: secret, body: `{"context":{"targetingKey":"crm_100500","userId":"dana@example.com","role":"owner","postalCode":"85001"}}`}
	for _, call := range []struct{ what, path, target string }{
		{"one boolean feature", ofrepPath + "/feature_0", "at least 0.95"},
		{fmt.Sprintf("%d boolean features", ofrepFeatures), ofrepPath, "at least 1.0"},
	} {
		if err := sameAnswers(ours+call.path, plain+call.path, who); err != nil {
			return err
		}
		us, them, ratio := turns(ours+call.path, plain+call.path, who)
		row(call.what, fmt.Sprintf("%.0f/s", us), "")
		row("the same by a plain net/http handler with encoding/json", fmt.Sprintf("%.0f/s", them), "")
		row("ratio", fmt.Sprintf("%.2f", ratio), call.target)
	}
	return d.Close()
}

const (
	turnTime  = 400 * time.Millisecond
	turnCount = 15
)

// turns asks two addresses in short turns, so that whatever else the machine does meets both, and gives the median of
// the answers per second of each and of their ratio.
func turns(ours, plain string, who *caller) (us, them, ratio float64) {
	var all [3][]float64
	for range turnCount {
		a, b := load(ours, who, turnTime), load(plain, who, turnTime)
		all[0], all[1], all[2] = append(all[0], a), append(all[1], b), append(all[2], a/b)
	}
	for _, measured := range all {
		slices.Sort(measured)
	}
	return all[0][turnCount/2], all[1][turnCount/2], all[2][turnCount/2]
}

// fillOFREP makes a database of its own, with a key.
func (b *bench) fillOFREP() (*db.DB, string, error) {
	d, err := db.Open(b.ctx, filepath.Join(b.folder, "ofrep.db"))
	if err != nil {
		return nil, "", err
	}
	if err := errors.Join(d.Migrate(), d.CatchUp(b.ctx)); err != nil {
		return nil, "", err
	}
	drafts := make([]features.AccountDraft, ofrepAccounts)
	for i := range drafts {
		drafts[i] = features.AccountDraft{Name: fmt.Sprintf("Account %d", i), ExternalID: fmt.Sprintf("crm_%d", 100_000+i)}
	}
	if _, err := d.ImportAccounts(b.ctx, dbtest.Actor(), registry.ImportOf(drafts)); err != nil {
		return nil, "", err
	}
	for i := range ofrepFeatures {
		draft := features.FeatureDraft{Key: fmt.Sprintf("feature_%d", i), Name: fmt.Sprintf("Feature %d", i), Category: "c", Default: features.Value{Enabled: true}}
		if i%2 == 1 {
			draft.Rollout = features.Rollout{Strategy: features.ToPercentage, Percentage: features.Everyone / 2}
		}
		if _, err := d.CreateFeature(b.ctx, dbtest.Actor(), draft); err != nil {
			return nil, "", err
		}
	}
	secret, _, err := d.AddAPIKey(b.ctx, dbtest.Actor(), features.KeyDraft{Name: "bench", Scope: features.ScopeEvaluate})
	return d, secret, err
}

// plainOFREP decodes the context, hashes for features that are released to a share, and encodes the same answers, all
// with the standard library. It asks for no key and limits nothing.
type plainOFREP struct {
	flags    []plainFlag
	byKey    map[string]plainFlag
	revision int64
}

type plainFlag struct {
	key   string
	share uint64 // of 10,000 buckets; 0 for everyone
}

func newPlainOFREP(live *features.Live) http.Handler {
	p := &plainOFREP{byKey: map[string]plainFlag{}, revision: live.Revision()}
	for _, f := range live.Catalogue().Features() {
		flag := plainFlag{key: f.Key}
		if f.Rollout.Strategy == features.ToPercentage {
			flag.share = uint64(f.Rollout.Percentage)
		}
		p.flags, p.byKey[f.Key] = append(p.flags, flag), flag
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+ofrepPath, p.all)
	mux.HandleFunc("POST "+ofrepPath+"/{key}", p.one)
	return mux
}

type plainRequest struct {
	Context map[string]any `json:"context"`
}

type plainAnswer struct {
	Key      string        `json:"key"`
	Value    bool          `json:"value"`
	Reason   string        `json:"reason"`
	Variant  string        `json:"variant"`
	Metadata plainMetadata `json:"metadata"`
}

type plainMetadata struct {
	Source   string `json:"source"`
	Tier     string `json:"tier"`
	Revision int64  `json:"revision"`
}

func (p *plainOFREP) one(w http.ResponseWriter, r *http.Request) {
	targetingKey, ok := readPlain(w, r)
	flag, known := p.byKey[r.PathValue("key")]
	if ok && known {
		writePlain(w, p.evaluate(flag, targetingKey))
	}
}

func (p *plainOFREP) all(w http.ResponseWriter, r *http.Request) {
	targetingKey, ok := readPlain(w, r)
	if !ok {
		return
	}
	answers := make([]plainAnswer, len(p.flags))
	for i, flag := range p.flags {
		answers[i] = p.evaluate(flag, targetingKey)
	}
	writePlain(w, map[string]any{"flags": answers})
}

func (p *plainOFREP) evaluate(flag plainFlag, targetingKey string) plainAnswer {
	answer := plainAnswer{flag.key, true, "STATIC", "on", plainMetadata{"default", "", p.revision}}
	if flag.share > 0 && xxhash.Sum64String(flag.key+":"+targetingKey)%uint64(features.Everyone) >= flag.share {
		answer.Value, answer.Reason, answer.Variant, answer.Metadata.Source = false, "SPLIT", "off", "rollout"
	}
	return answer
}

func readPlain(w http.ResponseWriter, r *http.Request) (targetingKey string, ok bool) {
	var request plainRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return "", false
	}
	targetingKey, ok = request.Context["targetingKey"].(string)
	return targetingKey, ok
}

func writePlain(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// sameAnswers makes sure that what is compared does the same.
func sameAnswers(ours, plain string, who *caller) error {
	var answers [2]any
	for i, address := range []string{ours, plain} {
		request, err := request(address, who)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		err = json.NewDecoder(response.Body).Decode(&answers[i])
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return fmt.Errorf("%s answers %s: %w", address, response.Status, err)
		}
	}
	if !reflect.DeepEqual(answers[0], answers[1]) {
		return fmt.Errorf("%s answers %v, but %s %v", ours, answers[0], plain, answers[1])
	}
	return nil
}
