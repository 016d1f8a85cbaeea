package web

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
)

// Compressed answers reads of pages, exports and the admin API compressed, for callers that take gzip. Left as they are: what
// is small, as it is asked for often (the portal's API, OFREP), streams, what has been compressed already (files), answers
// to writes, some of which show a secret once, and pages whose address is one.
func Compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1400), gzhttp.CompressionLevel(5), gzhttp.ContentTypeFilter(compressible))
	if err != nil {
		panic(err) // the options are constants
	}
	zipped := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && mayCompress(r.URL.Path) {
			zipped.ServeHTTP(&zippedWriter{w}, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func mayCompress(path string) bool {
	path = WithoutSpareSlashes(path)
	if hasSecret(path) {
		return false
	}
	return isPage(path) || isAdminAPI(path) || path == "/api/docs"
}

// hasSecret reports whether a path holds a one-time link's token, which its page repeats.
func hasSecret(path string) bool {
	return strings.HasPrefix(path, "/setup/") || strings.HasPrefix(path, "/invite/")
}

func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	switch kind {
	case echo.MIMETextHTML, "text/csv", "application/yaml", echo.MIMEApplicationJSON, "application/problem+json":
		return true
	}
	return false
}

// zippedWriter is what a compressed answer is written to. Its ETag is weak: the bytes differ from those of the plain answer.
type zippedWriter struct{ http.ResponseWriter }

// WriteHeader sends the headers.
func (w *zippedWriter) WriteHeader(status int) {
	h := w.Header()
	if tag := h.Get("ETag"); h.Get("Content-Encoding") != "" && strings.HasPrefix(tag, `"`) {
		h.Set("ETag", "W/"+tag)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Flush sends what has been written.
func (w *zippedWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap lets http.ResponseController reach the connection.
func (w *zippedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
