package handlers

import "time"

// Every deadline of the HTTP server stands here.
const (
	headerDeadline = 10 * time.Second  // for the headers of a request
	readDeadline   = 60 * time.Second  // for a request, its body included
	bodyDeadline   = 10 * time.Second  // of a large body, for others that are under way
	answerDeadline = 180 * time.Second // from the headers of a request to the first part of its answer
	writeDeadline  = 20 * time.Second  // for the reader of an answer to take writePart of it
	writePart      = 64 << 10
	smallAnswer    = 16 << 10          // has no writeDeadline of its own, but answerDeadline
	idleDeadline   = 120 * time.Second // for the next request on a connection
	maxHeaders     = 64 << 10

	// A caller that has vanished without a word is noticed by what it does not acknowledge, or by probes.
	vanishedDeadline = time.Minute

	heartbeat      = 15 * time.Second // between events of a stream
	waitForChanges = 20 * time.Second // of a page of the console; then it asks again

	sweepDeadline = time.Second // for removing what has expired; then the background work goes on

	// From the signal to the end of the process: requests under way may finish within finishDeadline, then their contexts
	// end, and what remains after abortDeadline is broken off.
	finishDeadline = 7 * time.Second
	abortDeadline  = time.Second
)
