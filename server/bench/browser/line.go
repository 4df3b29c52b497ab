package main

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// A shape is how slow a line is. The zero shape is not slowed down.
type shape struct {
	down, up int           // bytes a second; 0 is no limit
	trip     time.Duration // there and back
}

// slowLine is a phone at the edge of its network.
func slowLine() shape {
	return shape{down: 1_600_000 / 8, up: 750_000 / 8, trip: 150 * time.Millisecond}
}

// segment is how much of one connection goes down the line before another's
// turn: what fits an Ethernet frame, as TCP has it.
const segment = 1460

// A line is a SOCKS5 proxy (RFC 1928, CONNECT without authentication) to one
// address and no other. It counts what goes through, slows it down, and can be
// dead. Connections share its width; each waits a round trip to be opened.
// Losses, slow start and TLS are not modelled.
type line struct {
	to       string // the address behind the line
	listener net.Listener
	down, up pipe

	mu    sync.Mutex
	shape shape
	dead  bool
	open  map[net.Conn]bool
	moved time.Time // when something last went through

	work sync.WaitGroup
}

// newLine starts a line on a free port of the loopback interface.
func newLine(to string) (*line, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &line{to: to, listener: listener, open: make(map[net.Conn]bool), moved: time.Now()}
	l.work.Go(l.accept)
	return l, nil
}

func (l *line) address() string { return l.listener.Addr().String() }

// close ends the line and waits for all that goes through it.
func (l *line) close() {
	_ = l.listener.Close()
	l.cut(true)
	l.work.Wait()
}

// use gives the line a shape and sets its counters to zero.
func (l *line) use(s shape) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shape = s
	l.down.use(s.down, s.trip/2)
	l.up.use(s.up, s.trip/2)
}

// cut makes the line dead, or alive again. A dead one refuses connections and
// drops those that are open.
func (l *line) cut(dead bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = dead
	if dead {
		for c := range l.open {
			_ = c.Close()
		}
	}
}

// quiet returns for how long nothing has gone through.
func (l *line) quiet() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.moved)
}

func (l *line) accept() {
	for {
		c, err := l.listener.Accept()
		if err != nil {
			return // closed
		}
		l.work.Go(func() { l.serve(c) })
	}
}

// hold keeps the connection among those that cut drops. It reports false, and
// has closed it, when the line is dead.
func (l *line) hold(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		_ = c.Close()
		return false
	}
	l.open[c] = true
	return true
}

func (l *line) release(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
	_ = c.Close()
}

func (l *line) serve(browser net.Conn) {
	if !l.hold(browser) {
		return
	}
	defer l.release(browser)
	if err := handshake(browser, l.to); err != nil {
		return // the browser sees a closed connection
	}
	l.mu.Lock()
	trip := l.shape.trip
	l.mu.Unlock()
	time.Sleep(trip)
	server, err := net.Dial("tcp", l.to)
	if err != nil || !l.hold(server) {
		return
	}
	defer l.release(server)
	var both sync.WaitGroup
	both.Go(func() { l.carry(&l.up, server, browser) })
	both.Go(func() { l.carry(&l.down, browser, server) })
	both.Wait()
}

// carry takes what comes from one end to the other, until either is closed.
func (l *line) carry(p *pipe, to, from net.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	parts := make(chan part, 64)
	var writing sync.WaitGroup
	writing.Go(func() {
		defer cancel()
		for at := range parts {
			time.Sleep(time.Until(at.due))
			l.mu.Lock()
			l.moved = time.Now()
			l.mu.Unlock()
			if _, err := to.Write(at.bytes); err != nil {
				_ = from.Close() // there is nobody to read for
				return
			}
		}
		if c, ok := to.(*net.TCPConn); ok {
			_ = c.CloseWrite() // the other direction may still have something to say
		}
	})
	for {
		b := make([]byte, segment)
		n, err := from.Read(b)
		if n > 0 {
			select {
			case parts <- part{b[:n], p.send(n)}:
			case <-ctx.Done():
			}
		}
		if err != nil || ctx.Err() != nil {
			break
		}
	}
	close(parts)
	writing.Wait()
}

// A part is some bytes and when they arrive.
type part struct {
	bytes []byte
	due   time.Time
}

// A pipe is one direction of the line.
type pipe struct {
	mu    sync.Mutex
	rate  int // bytes a second; 0 is no limit
	delay time.Duration
	free  time.Time // when it has sent what it was given
	count int64
}

func (p *pipe) use(rate int, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate, p.delay, p.free, p.count = rate, delay, time.Time{}, 0
}

func (p *pipe) bytes() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// send waits until n bytes have gone into the pipe, and returns when they come
// out.
func (p *pipe) send(n int) (due time.Time) {
	p.mu.Lock()
	p.count += int64(n)
	now := time.Now()
	if p.free.Before(now) {
		p.free = now
	}
	if p.rate > 0 {
		p.free = p.free.Add(time.Duration(n) * time.Second / time.Duration(p.rate))
	}
	sent, delay := p.free, p.delay
	p.mu.Unlock()
	time.Sleep(time.Until(sent))
	return sent.Add(delay)
}

var errSocks = errors.New("not a SOCKS5 request that is served here")

// handshake answers a SOCKS5 client that asks for the address to, and refuses
// any other: nothing that a browser does of its own accord leaves the machine.
func handshake(c io.ReadWriter, to string) error {
	var head [2]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return err
	}
	if head[0] != 5 {
		return errSocks
	}
	if _, err := io.CopyN(io.Discard, c, int64(head[1])); err != nil {
		return err
	}
	if _, err := c.Write([]byte{5, 0}); err != nil {
		return err
	}
	asked, err := destination(c)
	if err != nil {
		return err
	}
	const granted, refused = 0, 2
	answer := []byte{5, granted, 0, 1, 0, 0, 0, 0, 0, 0}
	if asked != to {
		answer[1] = refused
	}
	if _, err := c.Write(answer); err != nil {
		return err
	}
	if asked != to {
		return errSocks
	}
	return nil
}

// destination reads a CONNECT request and returns the address in it.
func destination(c io.Reader) (string, error) {
	var head [4]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return "", err
	}
	size := 0
	switch head[3] {
	case 1:
		size = net.IPv4len
	case 3:
		var n [1]byte
		if _, err := io.ReadFull(c, n[:]); err != nil {
			return "", err
		}
		size = int(n[0])
	case 4:
		size = net.IPv6len
	}
	if head[0] != 5 || head[1] != 1 || size == 0 {
		return "", errSocks
	}
	rest := make([]byte, size+2)
	if _, err := io.ReadFull(c, rest); err != nil {
		return "", err
	}
	host := string(rest[:size])
	if head[3] != 3 {
		host = net.IP(rest[:size]).String()
	}
	return net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(rest[size:])))), nil
}
