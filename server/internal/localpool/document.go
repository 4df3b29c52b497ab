package localpool

import (
	"net/http"
	"strings"
)

const (
	pathJWKS      = "/.well-known/jwks.json"
	pathDiscovery = "/.well-known/openid-configuration"
)

// serveDocument answers GET and HEAD of the documents of every pool, the only
// thing that is read so.
func (p *Pool) serveDocument(w http.ResponseWriter, r *http.Request) {
	document, ok := p.document(r.URL.Path)
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		p.encode(w, http.StatusNotFound, map[string]string{"__type": kindNotFound, "message": "There is no such document."})
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	p.encode(w, http.StatusOK, document)
}

func (p *Pool) document(path string) (document any, ok bool) {
	build := jwksDocument
	pool, ok := strings.CutSuffix(strings.TrimPrefix(path, "/"), pathJWKS)
	if !ok {
		build = discoveryDocument
		pool, ok = strings.CutSuffix(strings.TrimPrefix(path, "/"), pathDiscovery)
	}
	if !ok {
		return nil, false
	}
	keys, err := p.keysOf(pool)
	if err != nil {
		return nil, false
	}
	return build(pool, keys), true
}

func jwksDocument(_ string, keys signingKeys) any {
	return map[string][]jwk{"keys": {keys.id.jwk(), keys.access.jwk()}}
}

// discoveryDocument is what OpenID Connect Discovery 1.0 asks for, as far as a
// pool without a domain has it.
func discoveryDocument(pool string, _ signingKeys) any {
	iss := issuer(pool)
	return map[string]any{
		"issuer":                                iss,
		"jwks_uri":                              iss + pathJWKS,
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"response_types_supported":              []string{"code", "token"},
		"scopes_supported":                      []string{"openid", "email", "phone", "profile"},
		"subject_types_supported":               []string{"public"},
	}
}
