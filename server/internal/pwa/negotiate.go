package pwa

import (
	"strconv"
	"strings"
)

// identity is the coding of bytes as they are.
const identity = "identity"

// negotiate picks the coding of an answer from the offered ones, which stand in
// the server's order of preference, by RFC 9110 section 12.5.3: the greatest
// weight wins, and the server's order among equals. Without a header, and when
// the client refuses all that is offered, the answer is identity: a body that
// the client may be able to read is better than a 406 that nobody shows.
func negotiate(accept []string, offered []string) string {
	best, bestWeight := identity, 0
	if len(accept) == 0 {
		return best
	}
	weights := parseAccept(accept)
	for _, coding := range offered {
		if w := weights.of(coding); w > bestWeight {
			best, bestWeight = coding, w
		}
	}
	return best
}

// weights maps codings, and "*", to thousandths.
type weights map[string]int

func (w weights) of(coding string) int {
	if v, ok := w[coding]; ok {
		return v
	}
	if v, ok := w["*"]; ok {
		return v
	}
	if coding == identity {
		return 1 // acceptable unless excluded, but less than anything named
	}
	return 0
}

// maxCodings bounds how many elements of Accept-Encoding are read.
const maxCodings = 16

// parseAccept reads an Accept-Encoding header. An element whose weight is
// malformed is left out. The last of a repeated coding counts.
func parseAccept(accept []string) weights {
	w := make(weights)
	for element := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		if len(w) == maxCodings {
			break
		}
		coding, params, _ := strings.Cut(element, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding == "" {
			continue
		}
		if coding == "x-gzip" { // RFC 9110 section 8.4.1.3
			coding = "gzip"
		}
		if weight, ok := parseWeight(params); ok {
			w[coding] = weight
		}
	}
	return w
}

// parseWeight reads "q=0.5" as 500; without it the weight is 1000.
func parseWeight(params string) (thousandths int, ok bool) {
	params = strings.TrimSpace(params)
	if params == "" {
		return 1000, true
	}
	name, value, ok := strings.Cut(params, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 0, false
	}
	value = strings.TrimSpace(value)
	if len(value) > len("0.000") || strings.Trim(value, "0123456789.") != "" {
		return 0, false
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || q < 0 || q > 1 {
		return 0, false
	}
	return int(q*1000 + 0.5), true
}
