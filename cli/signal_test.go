package cli

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"flagstone/db/dbtest"
)

// TestTerminateUnderLoad ends servers under twelve writers and two streams: what was answered as done is there, what was
// answered as undone is not, streams end, and the status is 0.
func TestTerminateUnderLoad(t *testing.T) {
	t.Parallel()
	var broken, total int
	for round := range rounds(5) {
		file := testFile(t)
		key := prepare(t, file)
		p := startProcess(t, "serve", "--db", file)
		var clients sync.WaitGroup
		session := signIn(t, p.address)
		for range 2 {
			clients.Go(func() { readStream(t, p.address, session) })
		}
		answers := make([]map[string]int, 12)
		for i := range answers {
			answers[i] = make(map[string]int)
			clients.Go(func() { createMany(p.address, key, fmt.Sprintf("w%c_", 'a'+i), answers[i]) })
		}
		time.Sleep(time.Duration(100+rand.IntN(300)) * time.Millisecond)
		p.terminate()
		clients.Wait()
		there := featureKeys(t, file)
		for _, writer := range answers {
			for key, status := range writer {
				total++
				switch {
				case status == http.StatusCreated && !there[key]:
					t.Errorf("round %d: %s was answered with 201 and is not there", round, key)
				case status != 0 && status != http.StatusCreated && (there[key] || status != http.StatusServiceUnavailable):
					t.Errorf("round %d: %s was answered with %d; there: %v", round, key, status, there[key])
				case status == 0:
					broken++
				}
			}
		}
	}
	t.Logf("%d writes, %d without an answer", total, broken)
}

// signIn returns the cookie of a new session of the portal user.
func signIn(t *testing.T, address string) *http.Cookie {
	t.Helper()
	body := fmt.Sprintf(`{"email": %q, "password": %q}`, portalUser, demoPassword)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/api/session", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusNoContent || len(response.Cookies()) == 0 {
		t.Fatalf("sign-in answers %d", response.StatusCode)
	}
	return response.Cookies()[0]
}

// readStream reads a stream of the portal to its end.
func readStream(t *testing.T, address string, session *http.Cookie) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/api/me/features/stream", nil)
	if err != nil {
		t.Error(err)
		return
	}
	request.AddCookie(session)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
	}
	if response.StatusCode != http.StatusOK || lines.Err() != nil {
		t.Errorf("the stream ends with %d, %v", response.StatusCode, lines.Err())
	}
}

// TestTerminateHungConnections ends a server that waits for the rest of a body.
func TestTerminateHungConnections(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	key := prepare(t, file)
	p := startProcess(t, "serve", "--db", file)
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "POST /api/v2/admin/features HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{", key); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	p.terminate()
	if left, err := bufio.NewReader(conn).ReadString('\n'); err == nil {
		t.Errorf("half a request was answered: %s", left)
	}
}

// TestTerminateBehindAForeignLock ends a server whose write waits for another program.
func TestTerminateBehindAForeignLock(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	key := prepare(t, file)
	p := startProcess(t, "serve", "--db", file)
	release := dbtest.Lock(t, file)
	status := make(chan int)
	go func() { status <- createFeature(http.DefaultClient, p.address, key, "waiting") }()
	time.Sleep(200 * time.Millisecond)
	p.terminate()
	if got := <-status; got != 0 && got != http.StatusServiceUnavailable {
		t.Errorf("the write is answered with %d", got)
	}
	release()
	if featureKeys(t, file)["waiting"] {
		t.Error("the write is there")
	}
}
