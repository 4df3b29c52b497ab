package feed

// ParseID is fuzzed.
var ParseID = parseID
