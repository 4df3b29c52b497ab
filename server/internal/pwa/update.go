package pwa

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"porchlight/server/internal/pwa/bundle"
	"porchlight/server/internal/pwa/delta"
)

// An update is the program as its difference to that of an earlier release.
type update struct {
	from delta.Hash
	body []byte
}

// updates are those that are ready. Requests read them while Run adds to them.
type updates struct{ ready atomic.Pointer[[]update] }

func (u *updates) add(one update) {
	list := []update{one}
	if before := u.ready.Load(); before != nil {
		list = append(list, *before...)
	}
	u.ready.Store(&list)
}

// find returns the difference to the program that the browser has, as far as the
// request says that it has one and can apply a difference to it. Of nil there is
// none.
func (u *updates) find(h http.Header) (variant, bool) {
	if u == nil || u.ready.Load() == nil {
		return variant{}, false
	}
	from, ok := delta.Available(h.Values("Available-Dictionary"))
	if _, named := parseAccept(h.Values("Accept-Encoding"))[delta.Coding]; !ok || !named {
		return variant{}, false // "*" is not enough: who sends that has never heard of differences
	}
	for _, one := range *u.ready.Load() {
		if one.from == from {
			return variant{coding: delta.Coding, open: func() (io.ReadSeeker, error) { return bytes.NewReader(one.body), nil }, base: from.String()[:hashLen]}, true
		}
	}
	return variant{}, false
}

// dictionaryHeaders makes browsers keep the program as what the next release's
// is the difference to, and caches on the way tell apart who has what (RFC 9842
// sections 2.1 and 6.2).
func (a *asset) dictionaryHeaders(h http.Header) {
	h.Set("Use-As-Dictionary", `match="`+strings.Replace(a.path, a.hash[:hashLen], "*", 1)+`"`)
	h.Set("Vary", "Accept-Encoding, Available-Dictionary")
}

// Run keeps the program for the releases to come, and makes ready its
// differences to those of earlier releases, one after the other. It returns when
// that is done, which takes about a second, or soon after ctx ends. What goes
// wrong costs browsers the small download, nothing else, and is logged once.
func (p *PWA) Run(ctx context.Context) {
	if p.config.Programs == "" || !p.HasProgram() {
		return
	}
	if err := p.prepareUpdates(ctx); err != nil {
		p.logger.Warn("some updates cost the whole program", "err", err)
	}
}

func (p *PWA) prepareUpdates(ctx context.Context) error {
	present, err := delta.ParseHash(p.program.SHA256)
	if err != nil {
		return err
	}
	packed := p.assets[bundle.Program].coded(bundle.Brotli)
	next, err := unpacked(packed.open, p.program)
	if err != nil {
		return err
	}
	folder, err := delta.Open(p.config.Programs)
	if err != nil {
		return err
	}
	defer folder.Close()
	notKept := keep(folder, present, packed)
	earlier, err := folder.List(present)
	errs := []error{notKept, err}
	for _, from := range earlier {
		if ctx.Err() != nil {
			break
		}
		errs = append(errs, p.prepareUpdate(folder, from, next))
		debug.FreeOSMemory() // what it took is several times what the server needs
	}
	return errors.Join(errs...)
}

func keep(folder *delta.Folder, h delta.Hash, packed variant) error {
	r, err := packed.open()
	if err != nil {
		return err
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	return folder.Keep(h, r)
}

// prepareUpdate adds the difference of next to a kept program, if it saves
// anything.
func (p *PWA) prepareUpdate(folder *delta.Folder, from delta.Hash, next []byte) error {
	old, err := folder.Read(from)
	if err != nil {
		return fmt.Errorf("from release %s: %w", from.String()[:hashLen], err)
	}
	body, err := delta.Make(old, next)
	if err != nil {
		return fmt.Errorf("from release %s: %w", from.String()[:hashLen], err)
	}
	if int64(len(body)) < p.program.Least() {
		p.assets[bundle.Program].updates.add(update{from, body})
	}
	p.logger.Debug("update prepared", "from", from.String()[:hashLen], "bytes", len(body))
	return nil
}
