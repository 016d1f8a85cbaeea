package cli

import "github.com/coreos/go-systemd/v22/daemon"

// notifyManager tells the service manager, where one has asked for it, that the server is ready, and that it is ending as
// soon as it is. The caller calls told before the program ends.
func notifyManager(t *terminal) (told func()) {
	send := func(state string) {
		if _, err := daemon.SdNotify(false, state); err != nil {
			t.log.Warn("cannot notify the service manager", "state", state, "error", err)
		}
	}
	send(daemon.SdNotifyReady)
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-t.ctx.Done()
		send(daemon.SdNotifyStopping)
	}()
	return func() {
		if t.ctx.Err() != nil {
			<-done
		}
	}
}
