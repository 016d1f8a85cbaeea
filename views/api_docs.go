package views

import "strings"

// APIDocsModel is the OpenAPI document as a page to read.
type APIDocsModel struct {
	Title       string
	Description string
	Groups      []APIGroup
}

// APIGroup is the calls under one tag.
type APIGroup struct {
	Name        string
	Description string
	Calls       []APICall
}

// ID is the group's anchor.
func (g APIGroup) ID() string {
	return "group-" + strings.ReplaceAll(strings.ToLower(g.Name), " ", "-")
}

// APICall is one operation.
type APICall struct {
	ID          string
	Method      string
	Path        string
	Summary     string
	Description string
	Needs       string // "Needs no session."; "" where that is a session alone
	Parameters  []APIParameter
	Request     string // an example body, indented JSON
	Responses   []APIResponse
	Problems    []string // "404 Not Found"; answered as problem documents
}

// APIParameter is something that a call takes beside its body.
type APIParameter struct {
	Name, In, Description, Example string
}

// APIResponse is one answer, with an example where it has a body.
type APIResponse struct {
	Status, Description, Example string
}
