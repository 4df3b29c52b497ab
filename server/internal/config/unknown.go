package config

import (
	"slices"
	"strings"
)

// prefix is that of the program's own variables. Names with it that the table
// lacks are mistakes; those of the AWS SDK may be meant for other programs.
const prefix = "PORCHLIGHT_"

// Unknown returns a line about each variable of environ, as os.Environ gives
// it, that is named like one of the program's own and is not: a name in the
// wrong case or with a letter wrong is told with the name that was meant. The
// lines are sorted and hold no values.
func Unknown(environ []string) []string {
	known := names()
	var lines []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(strings.ToUpper(name), prefix) || slices.Contains(known, name) {
			continue
		}
		line := quoteName(name) + " is not a variable of this program"
		if meant := nearest(name, known); meant != "" {
			line += "; did you mean " + meant + "?"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// names returns every name that Load reads.
func names() []string {
	var all []string
	for _, v := range Variables() {
		all = append(all, v.Name)
		if v.Secret {
			all = append(all, v.fileName())
		}
	}
	return all
}

// quoteName returns the name as it is when it is a usual one, quoted and
// shortened otherwise.
func quoteName(name string) string {
	if matches(`^\w+$`, name, 60) {
		return name
	}
	return quote(name)
}

// nearest returns the known name that differs from name in the fewest letters,
// "" when even that is far off.
func nearest(name string, known []string) string {
	if len(name) > 100 {
		return ""
	}
	const maxDistance = 4
	best, least := "", maxDistance+1
	for _, k := range known {
		if d := distance(strings.ToUpper(name), k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of single letters to insert, drop or replace to make
// b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
