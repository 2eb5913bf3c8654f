package rest

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/storegraph/storegraph/model"
)

// The forms in which an instant may be written, after its weekday and its commas are gone: a date in one of dateForms, and then a time of
// day and a zone, each of which may be left out.
var (
	weekday   = regexp.MustCompile(`^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\s+`)
	dateForms = []dateForm{
		newDateForm(`(?P<y>\d{4,6})-(?P<m>\d{1,2})-(?P<d>\d{1,2})`),
		newDateForm(`(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})`),
		newDateForm(`(?P<y>\d{4})\.(?P<m>\d{1,2})\.(?P<d>\d{1,2})`),
		newDateForm(`(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})`),
		newDateForm(`(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})`),
		newDateForm(`(?P<m>[a-z]{3,9})\.? (?P<d>\d{1,2}) (?P<y>\d{4})`),
		newDateForm(`(?P<d>\d{1,2}) (?P<m>[a-z]{3,9})\.? (?P<y>\d{4})`),
	}
	months = strings.Fields("january february march april may june july august september october november december")
)

type dateForm struct{ *regexp.Regexp }

func newDateForm(date string) dateForm {
	return dateForm{regexp.MustCompile(`^` + date +
		`(?:(?:t| )(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<fraction>\.\d*)?)? ?(?P<half>am|pm)?)? ?(?P<zone>z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?$`)}
}

// parseInstant reads an instant that a query names, in the forms that both JavaScript and the reference's database read. Without a zone it is
// UTC, and without a time of day the date's first moment. The error is of kind Invalid.
func parseInstant(s string) (model.Time, error) {
	t, err := model.ParseTime(s)
	if err == nil {
		return t, nil
	}
	text := strings.Join(strings.Fields(strings.ReplaceAll(strings.ToLower(s), ",", " ")), " ")
	text = weekday.ReplaceAllString(text, "")
	for _, form := range dateForms {
		if found := form.FindStringSubmatch(text); found != nil {
			if at, ok := form.instant(found); ok {
				return model.Time{Time: at}, nil
			}
		}
	}
	return t, err
}

// instant returns what the groups of a match mean, and false if there is no such day or time of day.
func (f dateForm) instant(found []string) (time.Time, bool) {
	group := func(name string) string { return found[f.SubexpIndex(name)] }
	number := func(name string) int { n, _ := strconv.Atoi(group(name)); return n }
	month := number("m")
	for n, name := range months {
		if month == 0 && len(group("m")) >= 3 && strings.HasPrefix(name, group("m")) || group("m") == "sept" && name == "september" {
			month = n + 1
		}
	}
	hour, minute, second := number("hour"), number("minute"), number("second")
	switch half := group("half"); {
	case half != "" && (hour < 1 || hour > 12):
		return time.Time{}, false
	case half == "am" && hour == 12:
		hour = 0
	case half == "pm" && hour < 12:
		hour += 12
	}
	fraction, err := strconv.ParseFloat("0"+group("fraction"), 64)
	if err != nil || hour > 24 || minute > 59 || second > 60 || hour == 24 && (minute > 0 || second > 0 || fraction > 0) {
		return time.Time{}, false
	}
	day := time.Date(number("y"), time.Month(month), number("d"), 0, 0, 0, 0, time.UTC)
	if month < 1 || day.Month() != time.Month(month) || number("d") < 1 {
		return time.Time{}, false
	}
	clock := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(fraction*float64(time.Second))
	return day.Add(clock - offset(group("zone"))), true
}

// offset returns how far a zone such as +0130 is ahead of UTC.
func offset(zone string) time.Duration {
	digits := strings.ReplaceAll(strings.TrimLeft(zone, "+-"), ":", "")
	if digits == zone || len(digits) < 2 {
		return 0
	}
	hours, _ := strconv.Atoi(digits[:2])
	minutes, _ := strconv.Atoi(digits[2:])
	ahead := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if zone[0] == '-' {
		return -ahead
	}
	return ahead
}
