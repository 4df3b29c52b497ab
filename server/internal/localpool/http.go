package localpool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"
)

const (
	// maxBodyBytes bounds the body of a request.
	maxBodyBytes = 64 << 10
	contentType  = "application/x-amz-json-1.1"
	targetPrefix = "AWSCognitoIdentityProviderService."
)

// ServeHTTP answers POST / with the operation that X-Amz-Target names, and GET
// of the pools' documents. Whatever it cannot make sense of is 400 with a typed
// error, a document that is not there 404, and only its own failures are 500.
func (p *Pool) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		p.serveDocument(w, r)
		return
	}
	id := uuid.NewString()
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Amzn-RequestId", id)
	out, err := p.answer(r)
	p.sweepIfDue(r.Context())
	if err == nil {
		p.encode(w, http.StatusOK, out)
		return
	}
	refusal, ok := errors.AsType[*fault](err)
	switch {
	case ok:
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		refusal = errBusy() // most likely nobody listens any more
	default:
		p.log.ErrorContext(r.Context(), "user pool failed", "request", id, "err", err)
		refusal = &fault{kindInternal, "Internal error"}
	}
	p.refuse(w, refusal)
}

func (p *Pool) refuse(w http.ResponseWriter, f *fault) {
	status := http.StatusBadRequest
	if f.kind == kindInternal {
		status = http.StatusInternalServerError
	}
	w.Header().Set("X-Amzn-ErrorType", f.kind+":")
	p.encode(w, status, map[string]string{"__type": f.kind, "message": f.message})
}

func (p *Pool) encode(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.log.Debug("user pool could not answer", "err", err)
	}
}

// answer runs the operation of the request. A panic becomes an error.
func (p *Pool) answer(r *http.Request) (out any, err error) {
	defer func() {
		if v := recover(); v != nil {
			out, err = nil, fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	op, err := p.operation(r)
	if err != nil {
		return nil, err
	}
	body, err := readBody(r.Body)
	if err != nil {
		return nil, err
	}
	return op(r.Context(), body)
}

// operation returns what the request asks for, or the fault to answer with.
func (p *Pool) operation(r *http.Request) (operation, error) {
	if r.Method != http.MethodPost || r.URL.Path != "/" && r.URL.Path != "" {
		return nil, &fault{kindUnknown, "Requests are sent with POST to /"}
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != contentType {
		return nil, &fault{kindSerialization, "The content type is not " + contentType}
	}
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	op, known := p.ops[name]
	admin, restricted := p.adminOps[name]
	switch {
	case ok && known:
		return op, nil
	case ok && restricted && p.admin:
		return admin, nil
	case ok && restricted:
		return nil, &fault{kindNoCredentials, "Missing Authentication Token"}
	}
	return nil, &fault{kindUnknown, "This pool does not have the operation"}
}

// readBody reads a body that is not too large. An error is the sender's.
func readBody(body io.Reader) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(body, maxBodyBytes+1))
	switch {
	case err != nil:
		return nil, &fault{kindSerialization, "The request could not be read"}
	case len(data) > maxBodyBytes:
		return nil, invalid("The request has more than %d bytes", maxBodyBytes)
	}
	return data, nil
}
