package console

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/registry"
)

// ExportAuditCSV streams what the filter leaves of the audit log, a line for each thing changed.
func (s *Surface) ExportAuditCSV(c echo.Context) error {
	return s.exportAudit(c, "text/csv; charset=utf-8; header=present", "csv", newCSVExport(c.Response()))
}

// ExportAuditJSON streams the same as one JSON array, a line for each thing changed.
func (s *Surface) ExportAuditJSON(c echo.Context) error {
	return s.exportAudit(c, "application/json", "json", newJSONExport(c.Response()))
}

// exportFormat writes an export, one thing changed after the other.
type exportFormat interface {
	begin() error
	add(db.ChangeSet, exportedRow) error
	end() error
}

// exportAudit refuses a filter it does not understand before the first byte. When something fails later it breaks the
// connection off, so that nobody takes part of a log for the whole.
func (s *Surface) exportAudit(c echo.Context, contentType, extension string, out exportFormat) error {
	filter, err := s.ExportFilter(c)
	if err != nil {
		return err
	}
	s.NoteSecurity(c, features.SecurityEvent{Event: features.DataExported, Detail: c.Path()})
	header := c.Response().Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Disposition", `attachment; filename="flagstone-audit-`+time.Now().UTC().Format(time.DateOnly)+"."+extension+`"`)
	header.Set("Cache-Control", "private, no-store")
	if err = out.begin(); err == nil {
		err = s.DB.ExportAudit(c.Request().Context(), filter, func(set db.ChangeSet, row db.AuditRow) error {
			return out.add(set, s.exported(row))
		})
	}
	if err == nil {
		err = out.end()
	}
	if err != nil {
		s.Log.Error("exporting the audit log", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// exportedRow is a row of the log with its account by targeting key (docs/evaluation.md §1) and moments as RFC 3339.
type exportedRow struct {
	db.AuditRow
	account       string
	before, after map[string]any // nil where the thing was or is not there
}

func (s *Surface) exported(row db.AuditRow) exportedRow {
	out := exportedRow{AuditRow: row, before: web.ExportedState(row.Old), after: web.ExportedState(row.New)}
	if account := s.Live.Accounts().ByID(row.AccountID); account != nil {
		out.account = account.TargetingKey
	}
	return out
}

// csvExport writes a line for each thing changed. Cells that a spreadsheet would take for a formula are made text.
type csvExport struct{ *csv.Writer }

func newCSVExport(w io.Writer) csvExport { return csvExport{csv.NewWriter(w)} }

func (e csvExport) begin() error {
	return e.Write([]string{
		registry.ByteOrderMark + "change_set", "at", "action", "summary", "reason", "by", "through", "ip_address", "user_agent", "undoes",
		"entity", "name", "account", "feature", "change", "before", "after",
	})
}

func (e csvExport) add(set db.ChangeSet, row exportedRow) error {
	undoes := ""
	if set.Undoes != 0 {
		undoes = strconv.FormatInt(set.Undoes, 10)
	}
	line := []string{
		strconv.FormatInt(set.ID, 10), set.At.UTC().Format(time.RFC3339Nano), set.Action, set.Summary, set.Reason, set.ActorName,
		string(set.ActorKind), set.IP, set.UserAgent, undoes,
		row.Entity, row.EntityName, row.account, row.FeatureKey, row.Action, stateText(row.before), stateText(row.after),
	}
	for i := range line {
		line[i] = registry.GuardCell(line[i])
	}
	return e.Write(line)
}

func (e csvExport) end() error {
	e.Flush()
	return e.Error()
}

// stateText is a state for a cell: "enabled: true; reason: beta tester".
func stateText(state map[string]any) string {
	var parts []string
	for _, name := range fieldNames(state, nil) {
		if value := state[name]; value != nil && value != "" {
			text := fmt.Sprint(value)
			if isNested(value) {
				text = compact(value)
			}
			parts = append(parts, name+": "+text)
		}
	}
	return strings.Join(parts, "; ")
}

// jsonExport writes one array with an object for each thing changed.
type jsonExport struct {
	out   *bufio.Writer
	comma string
}

func newJSONExport(w io.Writer) *jsonExport { return &jsonExport{out: bufio.NewWriter(w)} }

func (e *jsonExport) begin() error { return e.text("[") }

func (e *jsonExport) end() error {
	if err := e.text("\n]\n"); err != nil {
		return err
	}
	return e.out.Flush()
}

func (e *jsonExport) text(text string) error {
	_, err := e.out.WriteString(text)
	return err
}

// jsonChange is one thing changed, with the change set that it belongs to.
type jsonChange struct {
	ChangeSet int64          `json:"change_set"`
	At        time.Time      `json:"at"`
	Action    string         `json:"action"`
	Summary   string         `json:"summary"`
	Reason    string         `json:"reason,omitempty"`
	By        string         `json:"by"`
	Through   string         `json:"through"`
	IPAddress string         `json:"ip_address,omitempty"`
	UserAgent string         `json:"user_agent,omitempty"`
	Undoes    int64          `json:"undoes,omitempty"`
	Entity    string         `json:"entity"`
	Name      string         `json:"name"`
	Account   string         `json:"account,omitempty"`
	Feature   string         `json:"feature,omitempty"`
	Change    string         `json:"change"`
	Before    map[string]any `json:"before"`
	After     map[string]any `json:"after"`
}

func (e *jsonExport) add(set db.ChangeSet, row exportedRow) error {
	line, err := json.Marshal(jsonChange{
		ChangeSet: set.ID, At: set.At.UTC(), Action: set.Action, Summary: set.Summary, Reason: set.Reason, By: set.ActorName,
		Through: string(set.ActorKind), IPAddress: set.IP, UserAgent: set.UserAgent, Undoes: set.Undoes,
		Entity: row.Entity, Name: row.EntityName, Account: row.account, Feature: row.FeatureKey, Change: row.Action,
		Before: row.before, After: row.after,
	})
	if err != nil {
		return err
	}
	err = e.text(e.comma + "\n" + string(line))
	e.comma = ","
	return err
}
