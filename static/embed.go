// Package static holds what browsers load: our stylesheet, scripts and icons, and what npm brings.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed css js vendor *.svg *.js *.d.ts *.yaml
var files embed.FS

// stylesheets are served as one app.css, in this order: layers first, what narrow screens change last.
var stylesheets = []string{
	"tokens", "base", "shell", "controls", "marks", "lists", "messages", "features", "release", "tiers", "audit", "signin", "portal", "narrow",
}

// contentTypes are given here because a host's own table may lack or change them.
var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".ts":    "text/plain; charset=utf-8",
	".yaml":  "application/yaml",
}

// asset is one file as it is served. gzipped is nil where compressing gains nothing.
type asset struct {
	content, gzipped []byte
	contentType      string
}

// tree is every asset by its path, and the hash over all of them.
type tree struct {
	assets map[string]asset
	hash   string
}

// load reads the embedded files once; they cannot change while the process lives.
var load = sync.OnceValue(func() tree {
	t := tree{assets: map[string]asset{"app.css": newAsset("app.css", stylesheet())}}
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		sum.Write([]byte(name))
		sum.Write(content)
		t.assets[name] = newAsset(name, content)
		return nil
	})
	if err != nil {
		panic(err) // an embedded file system that cannot be read is a broken binary
	}
	t.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return t
})

func stylesheet() []byte {
	var all bytes.Buffer
	for _, name := range stylesheets {
		content, err := files.ReadFile("css/" + name + ".css")
		if err != nil {
			panic(err)
		}
		all.Write(content)
	}
	return all.Bytes()
}

func newAsset(name string, content []byte) asset {
	a := asset{content: content, contentType: contentTypes[path.Ext(name)]}
	if a.contentType == "" {
		a.contentType = mime.TypeByExtension(path.Ext(name))
	}
	var zipped bytes.Buffer
	w, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	_, _ = w.Write(content)
	_ = w.Close()
	if zipped.Len() < len(content)*9/10 {
		a.gzipped = zipped.Bytes()
	}
	return a
}

// URL gives the address of an asset, such as "app.css" or "js/console.js". It carries one hash over
// all assets, so that scripts and styles may name each other by relative paths and an address never
// changes its content.
func URL(name string) string {
	return "/static/" + load().hash + "/" + name
}

// Handler serves GET and HEAD of /static/{hash}/{name}: for ever cacheable under the hash of this
// binary, not cacheable under another one, which a page from before an upgrade may still ask for.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := load()
		hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/static/"), "/")
		a, found := t.assets[name]
		if !found {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		if hash == t.hash {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		a.serve(w, r)
	})
}

// File gives the content of an asset; nil when there is none.
func File(name string) []byte { return load().assets[name].content }

// Serve answers with one asset at an address that stays when its content changes, such as /portal.js:
// it is asked for each time, and answered with 304 where it is the same.
func Serve(w http.ResponseWriter, r *http.Request, name string) {
	t := load()
	a, found := t.assets[name]
	if !found {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `W/"`+t.hash+`"`)
	a.serve(w, r)
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	content := a.content
	w.Header().Set("Content-Type", a.contentType)
	if a.gzipped != nil {
		w.Header().Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			w.Header().Set("Content-Encoding", "gzip")
			content = a.gzipped
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// acceptsGzip tells whether the request allows gzip; browsers that do send it without a weight.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if strings.TrimSpace(part) == "gzip" {
			return true
		}
	}
	return false
}
