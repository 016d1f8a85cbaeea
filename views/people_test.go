package views

import "testing"

func TestDevice(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0":               "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15":                   "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36":                            "Chrome on Android",
		"curl/8.5.0":                "curl",
		"Something (Linux)":         "An unknown browser on Linux",
		"":                          "An unknown device",
		"<script>alert(1)</script>": "An unknown device",
	} {
		if got := Device(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}

func TestPeopleList(t *testing.T) {
	t.Parallel()
	row := PersonRowModel{ID: "person-1", Name: "<b>Dana</b>", Email: "dana@example.com", Role: "owner", State: BadgeModel{Text: "Active"}}
	row.Actions = []ActionModel{
		{Text: "Edit…", URL: "/edit"}, {Text: "Enable", URL: "/enable", Acts: true}, {Text: "Profile", URL: "/profile", Leaves: true},
	}
	page := render(t, PeopleList(PeopleModel{Path: "/people", URL: "/people", Noun: "user", Nouns: "users", Total: 1, Matching: 1, Rows: []PersonRowModel{row}, CSRFToken: "token"}))
	wantText(t, page, "tbody th b", "<b>Dana</b>")
	wantText(t, page, "#count", "1 user")
	wantAttribute(t, page, "#person-1-0", "hx-target", "#dialogs")
	wantAttribute(t, page, "form[action='/enable'] [name=csrf_token]", "value", "token")
	wantNone(t, page, "#person-1-2[hx-get]")
	wantNone(t, page, "#add-person")
	wantText(t, page, "#person-1 .muted:not(small)", "not signed in")

	none := render(t, PeopleList(PeopleModel{Path: "/people", Search: "x", Noun: "user", Nouns: "users", Total: 3}))
	wantText(t, none, "#count", "0 of 3 users")
	wantText(t, none, ".empty h2", "Nobody matches")
}

func TestStaffRole(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]string{"viewer": "Viewer", "editor": "Editor", "admin": "Admin", "": "None"} {
		if got := StaffRole(role); got != want {
			t.Errorf("StaffRole(%q) = %q, want %q", role, got, want)
		}
	}
}

func TestStaffFields(t *testing.T) {
	t.Parallel()
	fresh := render(t, AskStaff(StaffFields{Role: "viewer"}))
	wantNone(t, fresh, "option[value='']")
	known := render(t, AskStaff(StaffFields{Role: "editor", Version: 7, Errors: map[string]string{"staff_role": "No."}}))
	wantAttribute(t, known, "[name=version]", "value", "7")
	wantAttribute(t, known, "option[selected]", "value", "editor")
	wantText(t, known, "#person-role-error", "No.")
	wantNone(t, render(t, AskStaff(StaffFields{Version: 7, You: true})), "#person-role")
	both := render(t, AskStaff(StaffFields{Version: 8, By: "Priya", Conflict: &DiffModel{Caption: "Both", Rows: []DiffRow{{Field: "Name", Before: "A", After: "B"}}}}))
	wantText(t, both, "del", "A")
	wantText(t, both, "[role=alert] b", "Priya saved this first.")
}

func TestSessionTable(t *testing.T) {
	t.Parallel()
	page := render(t, SessionTable([]SessionModel{
		{ID: "session-1", Device: "Firefox on Linux", IP: "192.0.2.1", Current: true, End: "/1/end"},
		{ID: "session-2", Device: "Safari on iPhone", IP: "192.0.2.2", End: "/2/end"},
	}, nil, "token"))
	wantNone(t, page, "form[action='/1/end']")
	wantAttribute(t, page, "#session-2-end", "aria-label", "End the session: Safari on iPhone, 192.0.2.2")
}
