package session

import "strings"

// maxUserAgent is how much of a User-Agent is looked at, in bytes.
const maxUserAgent = 1 << 10

const unknownDevice = "Unknown device"

// word is a name and what a User-Agent that deserves it contains.
type word struct{ has, name string }

// browsers, the more particular first: nearly all claim to be Safari, and what
// is built on Chromium claims to be Chrome.
func browsers() []word {
	return []word{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"},
		{"OPR/", "Opera"}, {"OPT/", "Opera"}, {"Opera", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"YaBrowser/", "Yandex Browser"}, {"Vivaldi/", "Vivaldi"}, {"DuckDuckGo/", "DuckDuckGo"}, {"Ddg/", "DuckDuckGo"},
		{"FxiOS/", "Firefox"}, {"Focus/", "Firefox Focus"}, {"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	}
}

// systems, the more particular first: Android says Linux, iPhone says Mac OS X.
func systems() []word {
	return []word{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"iPod", "iPod"},
		{"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Macintosh", "Mac"}, {"Mac OS X", "Mac"}, {"FreeBSD", "FreeBSD"}, {"OpenBSD", "OpenBSD"},
		{"Linux", "Linux"},
	}
}

// DeviceName makes a short name of a User-Agent, such as "Chrome on Android".
// It is of this file's words only, so nothing that a client wrote is stored or
// shown, and it proves nothing. What says nothing known is "Unknown device".
func DeviceName(userAgent string) string {
	userAgent = userAgent[:min(len(userAgent), maxUserAgent)]
	browser, system := find(userAgent, browsers()), find(userAgent, systems())
	switch {
	case browser == "" && system == "":
		return unknownDevice
	case system == "":
		return browser
	case browser == "":
		return system
	}
	return browser + " on " + system
}

func find(s string, words []word) string {
	for _, w := range words {
		if strings.Contains(s, w.has) {
			return w.name
		}
	}
	return ""
}
