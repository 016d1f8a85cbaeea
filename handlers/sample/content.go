package sample

import (
	"slices"
	"strconv"
	"time"

	"flagstone/views"
)

// portalSample is what a sample portal shows: made up, and said to be so on every page.
type portalSample struct {
	lead    string
	figures []views.PortalFigure
	shows   []sampleShow
	orders  [][]string
	money   []views.PortalFigure
	payouts [][]string
}

// sampleShow is on at the next such weekday, a number of weeks on.
type sampleShow struct {
	name, at, room string
	day            time.Weekday
	weeks          int
	sold, seats    int
}

// samplePortal gives a comedy club its shows, and any other account something as likely for a garage as for a
// software company.
func samplePortal(slug string) portalSample {
	if slug == "arizona-comedy" {
		return comedySample()
	}
	return neutralSample()
}

func comedySample() portalSample {
	return portalSample{
		lead: "Five shows on sale; the Friday late show is nearly full.",
		figures: []views.PortalFigure{
			{Label: "Tickets this week", Value: "418", Note: "up 36 on last week"},
			{Label: "Revenue this week", Value: "$11,704", Note: "paid out on Tuesday"},
			{Label: "Open orders", Value: "2", Note: "waiting for an answer"},
		},
		shows: []sampleShow{
			{"Desert Heat: stand-up showcase", "8:00 pm", "Crescent Room", time.Wednesday, 0, 96, 140},
			{"Friday Late Show", "10:30 pm", "Main stage", time.Friday, 0, 212, 220},
			{"Family Improv Matinee", "2:00 pm", "Main stage", time.Saturday, 0, 110, 220},
			{"Open Mic Thursday", "7:30 pm", "Crescent Room", time.Thursday, 1, 38, 140},
			{"Best of the Desert", "9:00 pm", "Main stage", time.Saturday, 1, 171, 220},
		},
		orders: [][]string{
			{"4182", "Priya Raman", "Friday Late Show", "4", "$112.00", "Asks for aisle seats"},
			{"4181", "Tom Okafor", "Best of the Desert", "2", "$64.00", "Asks for a refund"},
			{"4180", "June Castillo", "Desert Heat: stand-up showcase", "2", "$48.00", "Paid"},
			{"4179", "Sam Whitehorse", "Family Improv Matinee", "5", "$75.00", "Paid"},
			{"4178", "Alex Lindqvist", "Friday Late Show", "2", "$56.00", "Paid"},
		},
		money: []views.PortalFigure{
			{Label: "Paid out this month", Value: "$31,256", Note: "three payouts"},
			{Label: "Next payout", Value: "$11,704", Note: "on Tuesday"},
			{Label: "Fees this month", Value: "$1,473", Note: "4.5% of sales"},
		},
		payouts: [][]string{
			{"$10,920.00", "$11,434.55", "$514.55", "Paid"},
			{"$9,868.00", "$10,332.98", "$464.98", "Paid"},
			{"$10,468.00", "$10,961.26", "$493.26", "Paid"},
		},
	}
}

func neutralSample() portalSample {
	return portalSample{
		lead: "Four evenings on sale; the open house is filling up.",
		figures: []views.PortalFigure{
			{Label: "Tickets this week", Value: "64", Note: "up 12 on last week"},
			{Label: "Revenue this week", Value: "$960", Note: "paid out on Tuesday"},
			{Label: "Open orders", Value: "1", Note: "waiting for an answer"},
		},
		shows: []sampleShow{
			{"Open house", "6:00 pm", "Main hall", time.Thursday, 0, 52, 60},
			{"Hands-on evening for beginners", "7:00 pm", "Room 2", time.Tuesday, 1, 11, 16},
			{"Questions and answers", "5:30 pm", "Main hall", time.Wednesday, 2, 18, 60},
			{"Season's end get-together", "7:00 pm", "Main hall", time.Friday, 3, 27, 60},
		},
		orders: [][]string{
			{"214", "Mina Duarte", "Open house", "2", "$30.00", "Asks for an invoice"},
			{"213", "Ola Brandt", "Hands-on evening for beginners", "1", "$20.00", "Paid"},
			{"212", "Ravi Chandran", "Open house", "4", "$60.00", "Paid"},
		},
		money: []views.PortalFigure{
			{Label: "Paid out this month", Value: "$2,484", Note: "three payouts"},
			{Label: "Next payout", Value: "$960", Note: "on Tuesday"},
			{Label: "Fees this month", Value: "$117", Note: "4.5% of sales"},
		},
		payouts: [][]string{
			{"$892.00", "$934.03", "$42.03", "Paid"},
			{"$756.00", "$791.62", "$35.62", "Paid"},
			{"$836.00", "$875.39", "$39.39", "Paid"},
		},
	}
}

// showsFrom puts the sample's shows on the calendar, the next one first.
func (p portalSample) showsFrom(now time.Time) []views.PortalShow {
	type dated struct {
		sampleShow
		on time.Time
	}
	calendar := make([]dated, 0, len(p.shows))
	for _, show := range p.shows {
		calendar = append(calendar, dated{show, nextWeekday(now, show.day).AddDate(0, 0, 7*show.weeks)})
	}
	slices.SortStableFunc(calendar, func(a, b dated) int { return a.on.Compare(b.on) })
	shows := make([]views.PortalShow, 0, len(calendar))
	for _, show := range calendar {
		shows = append(shows, views.PortalShow{
			Day: strconv.Itoa(show.on.Day()), Month: show.on.Format("Jan"), Name: show.name,
			When: show.on.Format("Mon ") + show.at + ", " + show.room, Sold: show.sold, Seats: show.seats,
		})
	}
	return shows
}

// payoutsBefore dates the payouts: every Tuesday, the latest first.
func (p portalSample) payoutsBefore(now time.Time) [][]string {
	rows := make([][]string, 0, len(p.payouts))
	for i, payout := range p.payouts {
		day := nextWeekday(now, time.Tuesday).AddDate(0, 0, -7*(i+1))
		rows = append(rows, append([]string{day.Format("2 January 2006")}, payout...))
	}
	return rows
}

// nextWeekday is the first such day after today.
func nextWeekday(now time.Time, day time.Weekday) time.Time {
	ahead := (int(day-now.Weekday())+6)%7 + 1
	return now.AddDate(0, 0, ahead)
}

func sampleArticles() []views.PortalText {
	return []views.PortalText{
		{Title: "How refunds work after a cancelled show", Icon: "book", Paragraphs: []string{
			"Cancel the show on its page. Everybody who bought a ticket is written to and refunded to the card they paid with, fees included, within five working days.",
			"Nothing is paid out for a cancelled show; what was paid out before is taken off the next payout.",
		}},
		{Title: "Change the number of seats", Icon: "book", Paragraphs: []string{
			"More seats go on sale at once. Fewer are possible down to what has been sold.",
		}},
		{Title: "When payouts arrive", Icon: "book", Paragraphs: []string{
			"Every Tuesday, for the week that ended on Sunday. Your bank may take two days more.",
		}},
	}
}

func sampleDrafts() []views.PortalText {
	return []views.PortalText{
		{Title: "Announce the next evening", Icon: "sparkle", Paragraphs: []string{
			"Only a few seats are left for our next evening. Bring a friend, come early, and stay for the talk afterwards.",
		}},
		{Title: "Answer a request for a refund", Icon: "sparkle", Paragraphs: []string{
			"Thank you for writing. I have refunded your tickets; you will see the amount on your card within five working days. We hope to see you another time.",
		}},
		{Title: "Thank the audience", Icon: "sparkle", Paragraphs: []string{
			"Thank you for coming last night. If you enjoyed it, tell somebody; if something went wrong, tell us.",
		}},
	}
}

func sampleServices() []views.PortalText {
	return []views.PortalText{
		{Title: "Marketing tools for every show", Icon: "mail", Paragraphs: []string{
			"A page, a poster and a letter for each show, made from what you have entered already.",
		}},
		{Title: "Audience and sales analytics", Icon: "chart", Paragraphs: []string{
			"Where your audience comes from, when they buy, and which shows they come back for.",
		}},
	}
}

func sampleSupport() []views.PortalText {
	return []views.PortalText{
		{Title: "Write to us", Icon: "mail", Paragraphs: []string{
			"support@portal.example, any time. We answer within a working day, and within an hour when a show is on.",
		}},
		{Title: "A page that I had is gone", Icon: "help", Paragraphs: []string{
			"Pages come and go with the features of your account. If one went that you need, ask the person who manages your account.",
		}},
		{Title: "Somebody else should sign in too", Icon: "users", Paragraphs: []string{
			"Tell us their name and e-mail, and we add them to your account.",
		}},
	}
}
