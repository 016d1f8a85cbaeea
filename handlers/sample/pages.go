package sample

import (
	"time"

	"github.com/a-h/templ"

	"flagstone/views"
)

// portalPage is one page of the sample portal.
type portalPage struct {
	path       string // beneath /portal
	text       string
	icon, note string // of its card on the dashboard, where it requires a feature
	feature    string // the key of that feature, or ""
	show       func(frame views.PortalModel, sample portalSample, now time.Time) templ.Component
}

// portalPages is the navigation of the sample portal, in its order.
func portalPages() []portalPage {
	return []portalPage{
		{text: "Dashboard", show: portalDashboard},
		{path: "shows", text: "Shows", show: portalShows},
		{path: "orders", text: "Orders", show: portalOrders},
		{path: "finances", text: "Finances", show: portalFinances},
		{
			path: "knowledge-base", text: "Knowledge Base", feature: "knowledge_base", icon: "book",
			note: "How refunds work after a cancelled show", show: portalTexts("Short answers to what comes up.", sampleArticles()),
		},
		{
			path: "ai-assistant", text: "AI Assistant", feature: "ai_agents", icon: "bot",
			note: "Announce the next evening", show: portalTexts("Drafts to start from, as an assistant might write them.", sampleDrafts()),
		},
		{
			path: "additional-services", text: "Additional Services", feature: "additional_services", icon: "package",
			note: "Marketing tools and analytics", show: portalTexts("What else comes with your account.", sampleServices()),
		},
		{path: "support", text: "Support", show: portalTexts("We are glad to help.", sampleSupport())},
	}
}

func portalDashboard(frame views.PortalModel, sample portalSample, now time.Time) templ.Component {
	model := views.PortalDashboardModel{Portal: frame, Lead: sample.lead, Figures: sample.figures, Shows: sample.showsFrom(now)}
	for _, link := range frame.Links {
		if link.Feature != "" {
			model.Quick = append(model.Quick, link)
		}
		if link.Text == "Shows" {
			model.AllShows = link.URL
		}
	}
	return views.PortalDashboardPage(model)
}

func portalShows(frame views.PortalModel, sample portalSample, now time.Time) templ.Component {
	return views.PortalShowsPage(views.PortalShowsModel{Portal: frame, Shows: sample.showsFrom(now)})
}

func portalOrders(frame views.PortalModel, sample portalSample, _ time.Time) templ.Component {
	return views.PortalTablePage(views.PortalTableModel{
		Portal: frame, Lead: "The latest orders, the newest first.", Caption: "Orders",
		Columns: []string{"Order", "Customer", "Show", "Tickets", "Total", "State"}, Rows: sample.orders,
	})
}

func portalFinances(frame views.PortalModel, sample portalSample, now time.Time) templ.Component {
	return views.PortalTablePage(views.PortalTableModel{
		Portal: frame, Lead: "Paid out every Tuesday.", Figures: sample.money, Caption: "Payouts",
		Columns: []string{"Paid on", "Amount", "Sales", "Fees", "State"}, Rows: sample.payoutsBefore(now),
	})
}

// portalTexts makes a page of short texts.
func portalTexts(lead string, texts []views.PortalText) func(views.PortalModel, portalSample, time.Time) templ.Component {
	return func(frame views.PortalModel, _ portalSample, _ time.Time) templ.Component {
		return views.PortalTextsPage(views.PortalTextsModel{Portal: frame, Lead: lead, Texts: texts})
	}
}
