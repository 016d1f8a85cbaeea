package views

import "strings"

// The marks by which a browser and a system tell themselves in a user agent, the more special before those that it also
// claims to be.
var (
	browsers = [...][2]string{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	}
	systems = [...][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

// Device says in a few words what a user agent is of: "Firefox on Linux". It is what the browser claims, no proof.
func Device(userAgent string) string {
	browser, system := claimed(userAgent, browsers[:]), claimed(userAgent, systems[:])
	switch {
	case browser == "" && system == "":
		return "An unknown device"
	case system == "":
		return browser
	case browser == "":
		return "An unknown browser on " + system
	}
	return browser + " on " + system
}

func claimed(userAgent string, marks [][2]string) string {
	for _, mark := range marks {
		if strings.Contains(userAgent, mark[0]) {
			return mark[1]
		}
	}
	return ""
}
