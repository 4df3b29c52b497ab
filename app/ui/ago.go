package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

const day = 24 * time.Hour

// ago says how long before now t was: "5 minutes ago". What is more than a
// month ago has a date.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	switch {
	case d < time.Minute:
		return "just now"
	case d < 30*day:
		return span(d) + " ago"
	}
	return "on " + t.UTC().Format("2 January 2006")
}

// in says how long after now t is: "in 3 hours".
func in(now, t time.Time) string {
	if d := t.Sub(now); d >= time.Minute {
		return "in " + span(d)
	}
	return "in under a minute"
}

// span names a duration of a minute or more by its largest unit, rounded down.
func span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < day:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/day), "day")
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// clock writes a countdown: "0:42", "12:05".
func clock(d time.Duration) string {
	s := int((d + time.Second - 1) / time.Second)
	seconds := strconv.Itoa(s % 60)
	if s%60 < 10 {
		seconds = "0" + seconds
	}
	return strconv.Itoa(s/60) + ":" + seconds
}

// moment is a time for people, with the exact one for programs.
func moment(t time.Time, words string) app.UI {
	return el("time", at{"datetime", t.UTC().Format(time.RFC3339)}, text(words))
}
