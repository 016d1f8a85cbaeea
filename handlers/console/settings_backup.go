package console

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
)

// DownloadBackup answers with a copy of the whole database.
func (s *Surface) DownloadBackup(c echo.Context) (err error) {
	file, err := s.copyOfDatabase(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	s.Log.Info("backup downloaded", "by", web.Actor(c).Name, "ip", web.Actor(c).IP)
	now := time.Now()
	s.NoteSecurity(c, features.SecurityEvent{Event: features.BackupTaken})
	c.Response().Header().Set("Cache-Control", "no-store")
	c.Response().Header().Set("Content-Type", "application/vnd.sqlite3")
	c.Response().Header().Set("Content-Disposition", `attachment; filename="flagstone-`+now.UTC().Format("2006-01-02-1504")+`.db"`)
	http.ServeContent(c.Response(), c.Request(), "", now, file)
	return nil
}

// copies is what the folders begin with that copies for downloads are made in.
func (s *Surface) copies() string { return "." + filepath.Base(s.DB.Path()) + "-copy-" }

// copyOfDatabase returns a copy that has no name any more: it is made beside the database, where nobody else reads, and
// ends with the file's last reader, however this program ends.
func (s *Surface) copyOfDatabase(c echo.Context) (file *os.File, err error) {
	folder, err := os.MkdirTemp(filepath.Dir(s.DB.Path()), s.copies())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "copy.db")
	if err := s.DB.Backup(c.Request().Context(), path); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// SweepCopies removes the copies that a server left which was killed while it made them.
func (s *Surface) SweepCopies() error {
	left, err := filepath.Glob(filepath.Join(filepath.Dir(s.DB.Path()), s.copies()+"*"))
	for _, folder := range left {
		err = errors.Join(err, os.RemoveAll(folder))
	}
	return err
}
