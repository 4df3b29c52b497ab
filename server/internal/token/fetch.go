package token

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	maxDocument  = 64 << 10 // bytes of a key document, after decompression
	fetchTimeout = 5 * time.Second
)

// checkURL refuses what keys must not come from.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return fmt.Errorf("parse key URL: %w", err)
	case u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return errors.New("key URL needs a host, and no user or fragment")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return errors.New("key URL must be https, or http on a loopback host")
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// restrict copies a client so that it neither follows redirects, which could
// leave https or the pool, nor carries cookies.
func restrict(c *http.Client) *http.Client {
	var own http.Client
	if c != nil {
		own = *c
	}
	own.Jar = nil
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// fetch reads the key document. It answers within fetchTimeout.
func (k *KeyStore) fetch() (map[string]*rsa.PublicKey, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, fmt.Errorf("request keys: %w", err)
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	res, err := k.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("request keys: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("request keys: status %d", res.StatusCode)
	}
	doc, err := io.ReadAll(io.LimitReader(res.Body, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if len(doc) > maxDocument {
		return nil, errors.New("read keys: longer than 64 kB")
	}
	return parseKeys(doc)
}
