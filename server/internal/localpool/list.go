package localpool

import (
	"encoding/json"
	"time"
)

// A page says which part of a list is asked for. Lists are read in the order of
// their keys, and the token is the last key of the page before.
type page struct {
	MaxResults int64
	Limit      int64 // what lists of users and groups call MaxResults
	NextToken  string
}

// maxPage is the size of the largest page (QueryLimit in the API model).
const maxPage = 60

// size returns how many items to answer.
func (p page) size(required bool) (int, error) {
	n := p.MaxResults + p.Limit
	if n == 0 && !required {
		return maxPage, nil
	}
	if n < 1 || n > maxPage {
		return 0, invalid("1 validation error detected: Value at 'maxResults' failed to satisfy constraint: "+
			"Member must have value between 1 and %d", maxPage)
	}
	return int(n), nil
}

// A stamp is a time as AWS JSON has it: seconds since 1970, with a fraction.
type stamp time.Time

// MarshalJSON writes milliseconds as decimals.
func (s stamp) MarshalJSON() ([]byte, error) {
	return json.Marshal(float64(time.Time(s).UnixMilli()) / 1000)
}
