package httpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"porchlight/shared/api"
)

// A handler answers a request or returns why it could not. It writes nothing
// when it returns an error.
type handler func(w http.ResponseWriter, r *http.Request) error

// api wraps a handler whose errors are problem+json.
func (s *server) api(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := checkVersion(r)
		if err == nil {
			err = h(w, r)
		}
		if err != nil {
			s.writeProblem(w, r, err)
		}
	})
}

// page wraps a handler whose errors are pages.
func (s *server) page(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.writeErrorPage(w, r, err)
		}
	})
}

// encode answers with JSON.
func encode(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeJSON(w, status, append(body, '\n'))
}

// writeJSON answers with what is encoded already.
func writeJSON(w http.ResponseWriter, status int, body []byte) error {
	h := w.Header()
	values := [...]string{api.TypeJSON, "no-store", strconv.Itoa(len(body))}
	h["Content-Type"] = values[0:1:1]
	h["Cache-Control"] = values[1:2:2]
	h["Content-Length"] = values[2:3:3] // or net/http sends it in chunks
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone when this fails
	return nil
}

// A request is what a form or a JSON body becomes.
type request[T any] interface {
	*T
	Normalize()
	Check() []api.FieldError
}

// A call is one submitted request of a page.
type call struct {
	w http.ResponseWriter
	r *http.Request
}

// accept makes the handler of a page's submission: it decodes the body, checks
// its fields, lets act do the work, and answers in the language of the request:
// JSON with JSON, a form with a redirect or with the page and its problems.
func accept[T any, P request[T]](s *server, path string, act func(c *call, req T) (api.Done, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, err := mediaType(r)
		if err != nil {
			s.writeProblem(w, r, err)
			return
		}
		var req T
		var values url.Values
		if kind == api.TypeForm {
			values, err = decodeForm(w, r, &req)
		} else if err = checkVersion(r); err == nil {
			err = decodeJSON(w, r, &req)
		}
		if err == nil {
			P(&req).Normalize()
			if errs := P(&req).Check(); len(errs) > 0 {
				err = fieldsProblem(errs)
			}
		}
		var done api.Done
		if err == nil {
			done, err = act(&call{w, r}, req)
		}
		s.reply(w, r, result{kind: kind, path: path, values: values, done: done, err: err})
	})
}

// bodiless takes a request without a body, which has no media type to name, for
// an empty form.
func bodiless(form http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 && len(r.Header.Values("Content-Type")) == 0 {
			r.Header.Set("Content-Type", api.TypeForm)
		}
		form.ServeHTTP(w, r)
	})
}

// A result is what came of a submission.
type result struct {
	kind   string     // the request's media type
	path   string     // the page of the form
	values url.Values // what was typed, for a form
	done   api.Done
	err    error
}

func (s *server) reply(w http.ResponseWriter, r *http.Request, res result) {
	switch {
	case res.kind == api.TypeForm && res.err != nil:
		s.writeFormPage(w, r, res)
	case res.kind == api.TypeForm:
		s.lead(w, r, res.done.Next)
	case res.err != nil:
		s.writeProblem(w, r, res.err)
	default:
		if err := encode(w, http.StatusOK, res.done); err != nil {
			s.writeProblem(w, r, err)
		}
	}
}
