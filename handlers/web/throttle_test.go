package web

import (
	"fmt"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestThrottleForgives(t *testing.T) {
	t.Parallel()
	th := newThrottle()
	buckets := NewAttempt("dana@example.com", "192.0.2.1").Buckets(false)
	for i := range perEmail.burst {
		if wait := th.Take(buckets, noon); wait != 0 {
			t.Fatalf("try %d waits %s", i+1, wait)
		}
	}
	for range 3 { // a try that is not heard makes the wait no longer
		if wait := th.Take(buckets, noon.Add(time.Second)); wait != perEmail.every-time.Second {
			t.Fatalf("one try too many waits %s", wait)
		}
	}
	if wait := th.Take(buckets, noon.Add(perEmail.every)); wait != 0 {
		t.Errorf("after a while a try waits %s", wait)
	}
	if wait := th.Take(buckets, noon.Add(24*time.Hour)); wait != 0 {
		t.Errorf("a day later a try waits %s", wait)
	}
}

func TestThrottlePerAddress(t *testing.T) {
	t.Parallel()
	th := newThrottle()
	try := func(email, ip string) time.Duration { return th.Take(NewAttempt(email, ip).Buckets(false), noon) }
	for i := range perAddress.burst {
		if wait := try(fmt.Sprintf("user%d@example.com", i), "2001:db8::1"); wait != 0 {
			t.Fatalf("try %d waits %s", i+1, wait)
		}
	}
	if wait := try("other@example.com", "2001:db8::2"); wait != perAddress.every {
		t.Errorf("the same IPv6 network waits %s", wait)
	}
	if wait := try("other@example.com", "2001:db8:0:1::1"); wait != 0 {
		t.Errorf("another network waits %s", wait)
	}
}

func TestThrottleSuccess(t *testing.T) {
	t.Parallel()
	th := newThrottle()
	a := NewAttempt("Dana@Example.com ", "192.0.2.1")
	if a.email != "dana@example.com" {
		t.Errorf("the e-mail is %q", a.email)
	}
	for i := range 3 * perEmail.burst { // right passwords are not counted
		if wait := th.Take(a.Buckets(false), noon); wait != 0 {
			t.Fatalf("sign-in %d waits %s", i+1, wait)
		}
		th.succeed(a, a.Buckets(false), noon)
	}
	if !th.knows(a) || th.knows(NewAttempt("dana@example.com", "192.0.2.2")) {
		t.Error("want the pair that signed in remembered, and no other")
	}
}

func TestThrottleForgetsWhatMattersLeast(t *testing.T) {
	t.Parallel()
	f := forgetful{}
	for i := range remembered {
		f.put(fmt.Sprint(i), noon.Add(time.Duration(i)*time.Second))
	}
	f.put("5", noon.Add(-time.Hour))
	f.put("one more", noon)
	if len(f) != remembered {
		t.Errorf("%d are kept, want %d", len(f), remembered)
	}
	if _, there := f["5"]; there {
		t.Error("the earliest is still there")
	}
	if _, there := f["one more"]; !there {
		t.Error("the new one is not there")
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "::ffff:192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "not an address": "not an address",
	} {
		if got := network(ip); got != want {
			t.Errorf("%s counts as %s, want %s", ip, got, want)
		}
	}
}
