package hub

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// writeTimeout is how long one write may take.
	writeTimeout = 5 * time.Second
	// slowWrite is how long a write may take while slowEvents gather. A burst of
	// events alone makes nobody slow.
	slowWrite  = time.Second
	slowEvents = 64
	// batch is how many frames are written before they are flushed.
	batch = 16
)

// beat is a comment, which readers skip.
const beat = ":\n\n"

// A Writer is where a stream is written: an http.ResponseWriter with its
// http.ResponseController.
type Writer interface {
	Write(p []byte) (int, error)
	Flush() error
	// SetWriteDeadline makes writes fail from then on; the zero time never.
	SetWriteDeadline(t time.Time) error
}

// Serve writes the stream until ctx ends, a write fails, the reader is too slow
// (ErrSlow), the stream is ended (ErrEnded), or may returns an error, which is
// returned. may is asked at every Heartbeat whether the reader may read on. The
// caller must have asked it once after Join: End does not know a stream before.
func (s *Stream) Serve(ctx context.Context, w Writer, may func(ctx context.Context) error) error {
	if err := s.begin(w); err != nil {
		return err
	}
	beats := time.NewTicker(Heartbeat)
	defer beats.Stop()
	for {
		moved, err := s.catchUp(w)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ended:
			return ErrEnded
		case <-moved:
		case <-beats.C:
			if err := may(ctx); err != nil {
				return err
			}
			if err := s.write(w, []byte(beat)); err != nil {
				return err
			}
		}
	}
}

// begin says how long to wait before coming back: not all at once, when a
// server with thousands of readers ends.
func (s *Stream) begin(w Writer) error {
	hello := fmt.Appendf(nil, "retry: %d\n\n", 1000+rand.IntN(4000))
	if s.resync {
		hello = append(hello, s.ring.resync(s.number)...)
	}
	return s.write(w, hello)
}

// catchUp writes what the ring has, and returns what is closed when there is
// more.
func (s *Stream) catchUp(w Writer) (moved <-chan struct{}, err error) {
	var frames [batch][]byte
	for {
		n, moved, ok := s.ring.after(s.number, frames[:])
		switch {
		case !ok:
			return nil, ErrSlow
		case n == 0:
			return moved, nil
		case s.over():
			return nil, ErrEnded
		}
		start := time.Now()
		if err := s.write(w, frames[:n]...); err != nil {
			return nil, err
		}
		s.number += uint64(n)
		if time.Since(start) >= slowWrite && s.ring.since(s.number) > slowEvents {
			return nil, ErrSlow
		}
	}
}

// over reports whether the stream was ended.
func (s *Stream) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// write writes the frames in their time. The deadline is taken away again: over
// HTTP/2 it would end the stream although nothing is written.
func (s *Stream) write(w Writer, frames ...[]byte) error {
	if err := w.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	for _, f := range frames {
		if _, err := w.Write(f); err != nil {
			return fmt.Errorf("write event: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if err := w.SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	return nil
}
