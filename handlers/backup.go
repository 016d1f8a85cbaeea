package handlers

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/labstack/echo/v4"
)

// downloadBackup answers with a copy of the whole database (spec §4.11). It is made beside the database, where nobody
// else reads, and gone once it is sent.
func (s *Server) downloadBackup(c echo.Context) (err error) {
	folder, err := os.MkdirTemp(filepath.Dir(s.db.Path()), ".backup-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file := filepath.Join(folder, "flagstone.db")
	if err := s.db.Backup(c.Request().Context(), file); err != nil {
		return err
	}
	s.Log.Info("backup downloaded", "by", actor(c).Name, "ip", actor(c).IP)
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Attachment(file, "flagstone-"+time.Now().UTC().Format("2006-01-02-1504")+".db")
}
