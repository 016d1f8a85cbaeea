package views

import (
	"context"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

// render gives what a component looks like to a browser.
func render(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	return renderAround(t, c, "")
}

// renderAround renders a component that has children, with text as its only child.
func renderAround(t *testing.T, c templ.Component, text string) *goquery.Document {
	t.Helper()
	var html strings.Builder
	ctx := templ.WithChildren(context.Background(), templ.Raw(templ.EscapeString(text)))
	if err := c.Render(ctx, &html); err != nil {
		t.Fatal(err)
	}
	document, err := goquery.NewDocumentFromReader(strings.NewReader(html.String()))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// attribute gives an attribute of the one element that selector finds.
func attribute(t *testing.T, in *goquery.Document, selector, name string) string {
	t.Helper()
	value, _ := one(t, in, selector).Attr(name)
	return value
}

func one(t *testing.T, in *goquery.Document, selector string) *goquery.Selection {
	t.Helper()
	found := in.Find(selector)
	if found.Length() != 1 {
		html, _ := in.Html()
		t.Fatalf("found %d of %q in %s", found.Length(), selector, html)
	}
	return found
}

func text(t *testing.T, in *goquery.Document, selector string) string {
	t.Helper()
	return strings.Join(strings.Fields(one(t, in, selector).Text()), " ")
}

func wantText(t *testing.T, in *goquery.Document, selector, want string) {
	t.Helper()
	if got := text(t, in, selector); got != want {
		t.Errorf("%s says %q, want %q", selector, got, want)
	}
}

func wantAttribute(t *testing.T, in *goquery.Document, selector, name, want string) {
	t.Helper()
	if got := attribute(t, in, selector, name); got != want {
		t.Errorf("%s has %s=%q, want %q", selector, name, got, want)
	}
}

func wantNone(t *testing.T, in *goquery.Document, selector string) {
	t.Helper()
	if n := in.Find(selector).Length(); n != 0 {
		t.Errorf("found %d of %q, want none", n, selector)
	}
}
