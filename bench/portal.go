package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// listen serves a handler on the loopback and gives its address.
func listen(handler http.Handler) (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

const (
	loadClients = 8
	loadTime    = 2 * time.Second
	loadRounds  = 3
)

// portal measures requests per second over the loopback, in turns with a plain handler that returns the same bytes.
func (b *bench) portal() error {
	title(fmt.Sprintf("/api/me/features over the loopback, %d clients, client and server on the same cores", loadClients))
	answer, _ := b.get(b.owner, "/api/me/features")
	body, headers := answer.Body.Bytes(), answer.Header()
	readyMade := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), headers)
		_, _ = w.Write(body)
	})
	mux := http.NewServeMux()
	mux.Handle("/api/", b.site)
	mux.Handle("/ready-made", readyMade)
	address, stop, err := listen(mux)
	if err != nil {
		return err
	}
	defer stop()
	var ours, theirs float64
	for range loadRounds {
		ours = max(ours, load(address+"/api/me/features", b.owner, loadTime))
		theirs = max(theirs, load(address+"/ready-made", b.owner, loadTime))
	}
	row("what the account has", fmt.Sprintf("%.0f/s", ours), "")
	row("the same bytes and headers, ready-made, by a plain net/http handler", fmt.Sprintf("%.0f/s", theirs), "")
	row("ratio", fmt.Sprintf("%.2f", ours/theirs), "at least 0.7")
	return nil
}

// load asks as fast as it can for a time and gives the answers per second.
func load(address string, who *caller, lasting time.Duration) float64 {
	transport := &http.Transport{MaxIdleConnsPerHost: loadClients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	begun := time.Now()
	counts := make([]int, loadClients)
	var clients sync.WaitGroup
	for i := range loadClients {
		clients.Go(func() {
			for time.Since(begun) < lasting {
				if _, err := ask(client, address, who); err == nil {
					counts[i]++
				}
			}
		})
	}
	clients.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / time.Since(begun).Seconds()
}

// ask sends one request and gives how long its answer took.
func ask(client *http.Client, address string, who *caller) (time.Duration, error) {
	request, err := request(address, who)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s answers %s", address, response.Status)
	}
	return time.Since(begun), err
}

// request is what somebody asks: a page with a cookie, or a call with a key and a body.
func request(address string, who *caller) (*http.Request, error) {
	method := http.MethodGet
	if who.body != "" {
		method = http.MethodPost
	}
	request, err := http.NewRequest(method, address, strings.NewReader(who.body))
	if err != nil {
		return nil, err
	}
	if who.key != "" {
		request.Header = http.Header{"Authorization": {"Bearer " + who.key}, "Content-Type": {"application/json"}}
	} else {
		request.Header.Set("Cookie", who.cookie)
	}
	return request, nil
}

const delayRuns = 40

// delays measures how soon an open portal is told: after a click in the console, and after a change by another process.
func (b *bench) delays() error {
	title("From the change to the event in an open portal, p50 / p95")
	address, stop, err := listen(b.site)
	if err != nil {
		return err
	}
	defer stop()
	ctx, leave := context.WithCancel(b.ctx)
	defer leave()
	events, err := b.stream(ctx, address)
	if err != nil {
		return err
	}
	<-events // what is so at once
	click, err := b.delay(events, b.click)
	if err != nil {
		return err
	}
	row("a switch of the console, from its request", p50p95(click), "1 s")
	other, err := db.Open(b.ctx, b.file)
	if err != nil {
		return err
	}
	kill, err := b.delay(events, func(on bool) error {
		_, err := other.SetKillSwitch(b.ctx, dbtest.Actor(), db.KillSwitch{Keys: []string{b.someFeature().Key}, Enabled: on})
		return err
	})
	if err != nil {
		return err
	}
	row("a kill switch flipped by another process", p50p95(kill), "1 s")
	hand, err := sql.Open("sqlite3", "file:"+b.file+"?_txlock=immediate&_busy_timeout=10000")
	if err != nil {
		return err
	}
	byHand, err := b.delay(events, func(on bool) error {
		_, err := hand.ExecContext(b.ctx, `UPDATE features SET enabled = ?1 WHERE key = ?2`, on, b.someFeature().Key)
		return err
	})
	if err != nil {
		return err
	}
	row("a row changed by hand in an SQL console", p50p95(byHand), "1 s")
	return errors.Join(hand.Close(), other.Close())
}

// delay makes a change again and again, to and fro, and waits for the event each time.
func (b *bench) delay(events <-chan string, change func(on bool) error) ([]time.Duration, error) {
	var took []time.Duration
	for i := range delayRuns {
		begun := time.Now()
		if err := change(i%2 == 1); err != nil {
			return nil, err
		}
		select {
		case <-events:
			took = append(took, time.Since(begun))
		case <-time.After(10 * time.Second):
			return nil, errors.New("no event came")
		}
	}
	return took, nil
}

// click switches a feature of the owner's account as the list of accounts does.
func (b *bench) click(on bool) error {
	feature, account := b.someFeature(), b.db.Live().Accounts().Find("crm_100000")
	cells, err := b.db.Cells(b.ctx, []int64{account.ID}, []int64{feature.ID})
	if err != nil {
		return err
	}
	version := cells[db.CellKey{Account: account.ID, Feature: feature.ID}].Version
	form := url.Values{"version": {strconv.FormatInt(version, 10)}}
	if on {
		form.Set("enabled", "true")
	}
	if answer := b.post("/admin/accounts/"+account.Slug+"/cells/"+feature.Key, form); answer.Code != http.StatusOK {
		return fmt.Errorf("the switch answers %d: %s", answer.Code, answer.Body)
	}
	return nil
}

// someFeature is one that the owner's account has, so that its kill switch changes something.
func (b *bench) someFeature() *features.Feature {
	account := b.db.Live().Accounts().Find("crm_100000")
	return b.db.Live().Catalogue().FeatureByID(account.Overrides[0].FeatureID)
}

// stream opens an event stream and gives the data of its events.
func (b *bench) stream(ctx context.Context, address string) (<-chan string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/api/me/features/stream", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Cookie", b.owner.cookie)
	response, err := http.DefaultClient.Do(request) //nolint:bodyclose // the goroutine below closes it when the stream ends
	if err != nil {
		return nil, err
	}
	events := make(chan string, 16)
	go func() {
		defer func() { _ = response.Body.Close() }()
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				events <- data
			}
		}
	}()
	return events, nil
}
