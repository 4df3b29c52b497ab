package api

// An Event is what a live stream (PathEvents) tells: the data of one server-sent
// event, which has no type of its own, and whose id is a position in the stream
// to resume at. Streams tell ids and numbers, never what a post says: texts have
// routes of their own, which ask who reads.
//
// That a post has expired is no event: who shows a post knows when it expires.
type Event struct {
	// Kind is one of the Event constants. A program must ignore others.
	Kind string `json:"kind"`
	// ID is the id of the post; "" of EventResync.
	ID string `json:"id,omitempty"`
	// Parent is the id of the post that a new reply answers. Of EventPost.
	Parent string `json:"parent,omitempty"`
	// RepostOf is the id of the post that a new repost shows again. Of EventPost.
	RepostOf string `json:"repost_of,omitempty"`
	// Author is the sub of who wrote a new post. Of EventPost.
	Author string `json:"author,omitempty"`
	// Audience is for whom a new post is. Of EventPost.
	Audience string `json:"audience,omitempty"`
	// Hidden is set on posts that a moderator hid; moderators only are told.
	Hidden bool `json:"hidden,omitempty"`
	// Counters are how often the post was liked, answered and reposted. Of
	// EventCounters.
	Counters *Counters `json:"counters,omitempty"`
}

// Counters are the counters of a post.
type Counters struct {
	Likes   int `json:"likes"`
	Replies int `json:"replies"`
	Reposts int `json:"reposts"`
}

// Kinds of Event.
const (
	// EventPost says that there is a new post or, with Parent, a new reply, or with
	// RepostOf a new repost.
	EventPost = "post"
	// EventCounters says what the counters of a post are now. The newest of two
	// is right. Who does not show the post ignores it.
	EventCounters = "counters"
	// EventGone says that a post, reply or repost was deleted, or hidden from
	// the reader, and with it what belongs to it: its replies and reposts.
	EventGone = "gone"
	// EventResync says that anything may have changed: the reader shall ask
	// again for what it shows. It comes first to who resumes nowhere, or at a
	// position that the server does not know (any more).
	EventResync = "resync"
)

// TypeEvents is the media type of a live stream.
const TypeEvents = "text/event-stream"

// HeaderResume is the request header with the last position that was seen.
const HeaderResume = "Last-Event-ID"
