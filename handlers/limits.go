package handlers

import "time"

// Every deadline of the HTTP server stands here.
const (
	headerDeadline = 10 * time.Second  // for the headers of a request
	readDeadline   = 60 * time.Second  // for a request, its body included
	idleDeadline   = 120 * time.Second // for the next request on a connection
	maxHeaders     = 64 << 10

	heartbeat      = 15 * time.Second // between events of a stream
	waitForChanges = 20 * time.Second // of a page of the console; then it asks again

	sweepDeadline = time.Second // for removing what has expired; then the background work goes on

	// From the signal to the end of the process: requests under way may finish within finishDeadline, then their contexts
	// end, and what remains after abortDeadline is broken off.
	finishDeadline = 7 * time.Second
	abortDeadline  = time.Second
)
