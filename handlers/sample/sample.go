package sample

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/static"
	"flagstone/views"
)

// Portal answers every page of the sample portal. One behind a feature that is off is not there.
func (s *Surface) Portal(c echo.Context) error {
	chosen, err := s.Choose(web.CallerOf(c).User, c.QueryParam("account"))
	if err != nil {
		return err
	}
	pages := portalPages()
	wanted := strings.Trim(c.Param("*"), "/")
	at := slices.IndexFunc(pages, func(p portalPage) bool { return p.path == wanted })
	frame := s.portalFrame(c, chosen, pages, at)
	switch {
	case chosen.Account == nil:
		return web.Render(c, http.StatusOK, views.PortalNoAccountPage(frame))
	case at < 0 || !frame.Links[at].On:
		frame.Title = "No such page"
		return web.Render(c, http.StatusNotFound, views.PortalNotFoundPage(frame))
	}
	return web.Render(c, http.StatusOK, pages[at].show(frame, samplePortal(chosen.Account.Slug), time.Now()))
}

// portalFrame is the frame around the page at a place of the list; -1 for one that is not in it.
func (s *Surface) portalFrame(c echo.Context, chosen web.Member, pages []portalPage, at int) views.PortalModel {
	user := web.CallerOf(c).User
	frame := views.PortalModel{
		Title:     "Portal",
		Home:      "/portal",
		Person:    views.PersonModel{Name: user.Name, Role: "no account"},
		UserID:    strconv.FormatInt(user.ID, 10),
		CSRFToken: s.CSRFToken(c),
	}
	if chosen.Account == nil {
		return frame
	}
	query := ""
	if c.QueryParam("account") != "" {
		query = "?account=" + chosen.Account.Slug
	}
	frame.Home += query
	frame.Account, frame.AccountSlug = chosen.Account.Name, chosen.Account.Slug
	frame.Person.Role = strings.ReplaceAll(chosen.Role, "_", " ")
	frame.Links = s.portalLinks(pages, at, query, web.ContextOf(user, chosen))
	for _, m := range s.Memberships(user) {
		frame.Accounts = append(frame.Accounts, views.PortalAccount{
			Name: m.Account.Name, URL: "/portal?account=" + m.Account.Slug, Current: m.Account.ID == chosen.Account.ID,
		})
	}
	if at >= 0 {
		frame.Title, frame.Feature = pages[at].text, pages[at].feature
	}
	return frame
}

func (s *Surface) portalLinks(pages []portalPage, at int, query string, who *features.Context) []views.PortalLink {
	links := make([]views.PortalLink, len(pages))
	for i, page := range pages {
		links[i] = views.PortalLink{
			Text: page.text, Note: page.note, Icon: page.icon, URL: strings.TrimSuffix("/portal/"+page.path, "/") + query,
			Feature: page.feature, On: page.feature == "" || s.isOn(page.feature, who), Current: i == at,
		}
	}
	return links
}

// isOn tells whether a feature is on; one that does not exist is off.
func (s *Surface) isOn(key string, who *features.Context) bool {
	catalogue := s.Live.Catalogue()
	feature, err := catalogue.Feature(key)
	if err != nil {
		return false
	}
	now := time.Now()
	s.evaluation.NoteAsked(feature.ID, now)
	s.Metrics.Evaluations.Sample.Inc()
	return catalogue.Evaluate(feature, who, now).Value.Enabled
}

// ClientFile answers with the client library or its types, to any origin: a portal elsewhere imports them as modules.
func (s *Surface) ClientFile(c echo.Context) error {
	c.Response().Header().Set("Access-Control-Allow-Origin", "*")
	c.Response().Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	static.Serve(c.Response(), c.Request(), strings.TrimPrefix(c.Path(), "/"))
	return nil
}
