package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// ErrorPage answers a person. Someone whose session is lost is led to sign-in, and back afterwards.
func (s *Surface) ErrorPage(c echo.Context, p web.Problem) error {
	if p.Status == http.StatusUnauthorized {
		return s.LeadToSignIn(c)
	}
	if web.WantsFragment(c) {
		return web.Render(c, p.Status, views.ToastOOB(views.ToastModel{Text: p.Detail, Bad: true}))
	}
	title := errorTitle(p.Status)
	model := views.ErrorModel{Status: p.Status, Title: title, Message: p.Detail, Link: views.Link{Text: "Go to the start page", URL: "/"}}
	if who := web.CallerOf(c); who != nil && who.User.StaffRole != features.NoStaff {
		shell := s.shell(c, title, "")
		model.Shell = &shell
	}
	return web.Render(c, p.Status, views.ErrorPage(model))
}

// errorTitle names an error for people; HTTP's own words are for programs.
func errorTitle(status int) string {
	switch {
	case status == http.StatusNotFound:
		return "Not found"
	case status == http.StatusForbidden:
		return "Not allowed"
	case status == http.StatusTooManyRequests:
		return "Too many attempts"
	case status == http.StatusServiceUnavailable:
		return "Not available at the moment"
	case status >= http.StatusInternalServerError:
		return "Something went wrong"
	}
	return "That did not work"
}
