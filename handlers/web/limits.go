package web

import (
	"time"
)

// MaxTicked is how many accounts may be ticked one by one; more are chosen by a filter, which any body has room for.
const MaxTicked = 10_000

// Every deadline of the HTTP server stands here.
const (
	HeaderDeadline = 10 * time.Second  // for the headers of a request
	ReadDeadline   = 60 * time.Second  // for a request, its body included
	bodyDeadline   = 10 * time.Second  // of a large body, for others that are under way
	AnswerDeadline = 180 * time.Second // from the headers of a request to the first part of its answer
	WriteDeadline  = 20 * time.Second  // for the reader of an answer to take WritePart of it
	WritePart      = 64 << 10
	SmallAnswer    = 16 << 10          // has no WriteDeadline of its own, but AnswerDeadline
	IdleDeadline   = 120 * time.Second // for the next request on a connection
	MaxHeaders     = 64 << 10

	// A caller that has vanished without a word is noticed by what it does not acknowledge, or by probes.
	VanishedDeadline = time.Minute

	Heartbeat      = 15 * time.Second // between events of a stream
	WaitForChanges = 20 * time.Second // of a page of the console; then it asks again

	SweepDeadline = time.Second // for removing what has expired; then the background work goes on

	// From the signal to the end of the process: requests under way may finish within FinishDeadline, then their contexts
	// end, and what remains after AbortDeadline is broken off.
	FinishDeadline = 7 * time.Second
	AbortDeadline  = time.Second
)
