package cli

import (
	"fmt"
	"net/http"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// limitFiles sets how large a file another process may write.
func limitFiles(t *testing.T, process int, size uint64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: size, Max: 1 << 62}
	_, _, err := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(process), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if err != 0 {
		t.Fatal(err)
	}
}

// TestDiskFails lets a server's files grow no further in the middle of its writes: it says 503, and what it acknowledged
// is there. Afterwards it goes on.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	key := prepare(t, file)
	p := startProcess(t, "serve", "--db", file)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answers := make(map[string]int)
	create := func(name string) int {
		answers[name] = createFeature(client, p.address, key, name)
		return answers[name]
	}
	log, err := os.Stat(file + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	limitFiles(t, p.cmd.Process.Pid, uint64(log.Size())+100_000)
	refused := 0
	for i := range 60 {
		if create(fmt.Sprintf("f%d_limited", i)) == http.StatusServiceUnavailable {
			refused++
		}
	}
	limitFiles(t, p.cmd.Process.Pid, 1<<62)
	if status := create("afterwards"); status != http.StatusCreated || refused == 0 {
		t.Errorf("%d refused while the disk failed, then %d", refused, status)
	}
	p.terminate()
	there := featureKeys(t, file)
	for name, status := range answers {
		if status != http.StatusCreated && status != http.StatusServiceUnavailable || there[name] != (status == http.StatusCreated) {
			t.Errorf("%s was answered with %d; there: %v", name, status, there[name])
		}
	}
}

// TestLogReaderGone closes the other end of a server's output: it goes on.
func TestLogReaderGone(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	prepare(t, file)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := startProcessWith(t, writer, nil, "serve", "--db", file)
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file, file+"-away"); err != nil { // which is logged
		t.Fatal(err)
	}
	if status, _ := get(t, p.address+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("without its file the server answers %d to /readyz", status)
	}
	if status, _ := get(t, p.address+"/healthz"); status != http.StatusOK {
		t.Errorf("with nobody to read its log the server answers %d", status)
	}
}
