package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// channel is where the servers on one database tell each other of changes.
	channel = "porchlight"
	// listenCheck is the time between two looks at whether the connection lives.
	listenCheck = 5 * time.Second
	// The pause before listening again doubles between these, less up to half.
	firstListenPause = 100 * time.Millisecond
	maxListenPause   = 5 * time.Second
)

// Notify sends a note to every server that listens, the sender too. It takes
// less than 8000 bytes. Every call is a transaction that others wait for at its
// end, so gather what there is to say; what is said need not survive a crash.
func (s *Store) Notify(ctx context.Context, note string) error {
	_, err := s.db.exec(ctx, "notify servers", again,
		`SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)`, channel, note)
	return err
}

// A Listener is told what Listen hears. All fields are required; none may block
// for long.
type Listener struct {
	// Up is called when listening begins. What was sent before may have been
	// missed; nothing that is sent from then on is, until Down.
	Up func()
	// Heard is called with each note, in the order of their transactions.
	Heard func(note string)
	// Still is called every five seconds between Up and Down.
	Still func()
	// Down is called when listening has ended, or could not begin, and why.
	Down func(err error)
}

// Listen listens until ctx ends, on a connection of its own that is no part of
// the pool, and on another one when that breaks. A proxy between must not share
// connections among clients per transaction. Its caller owns the goroutine and
// waits for it.
func (s *Store) Listen(ctx context.Context, l Listener) {
	for pause := firstListenPause; ; pause = min(2*pause, maxListenPause) {
		began := time.Now()
		l.Down(flat{s.listen(ctx, l)})
		if time.Since(began) > maxListenPause {
			pause = firstListenPause
		}
		if !sleep(ctx, pause/2+rand.N(pause/2)) {
			return
		}
	}
}

// listen listens on one connection until it breaks.
func (s *Store) listen(ctx context.Context, l Listener) error {
	c := s.db.pool.Config().ConnConfig
	c.RuntimeParams["application_name"] += " listener"
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), pingTimeout)
		defer cancel()
		_ = conn.Close(closing) // it is of no more use, however it ends
	}()
	if err := bounded(ctx, func(ctx context.Context) error {
		_, err := conn.Exec(ctx, "LISTEN "+channel)
		return err
	}); err != nil {
		return err
	}
	l.Up()
	for {
		if err := hear(ctx, conn, l.Heard); err != nil {
			return err
		}
		if err := bounded(ctx, conn.Ping); err != nil {
			return err
		}
		l.Still()
	}
}

// hear passes notes on until it is time for a check.
func hear(ctx context.Context, conn *pgx.Conn, heard func(string)) error {
	wait, cancel := context.WithTimeout(ctx, listenCheck)
	defer cancel()
	for {
		n, err := conn.WaitForNotification(wait)
		switch {
		case err == nil:
			heard(n.Payload)
		case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) && !conn.IsClosed():
			return nil
		default:
			return err
		}
	}
}

// bounded calls fn with a deadline: a network that went silent is noticed.
func bounded(ctx context.Context, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return fn(ctx)
}
