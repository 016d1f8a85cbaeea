package console

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/registry"
)

// ExportAccounts writes the accounts that match as CSV, by name: the columns of the import, the status, and what each
// feature in the list's columns is for the account. It streams, however long the list is.
func (s *Surface) ExportAccounts(c echo.Context) error {
	now := time.Now()
	catalogue := s.Live.Catalogue()
	query, err := parseAccountsQuery(c.QueryParams(), catalogue)
	if err != nil {
		return err
	}
	accounts, err := s.Live.Select(features.Selection{All: true, Filter: query.filter}, now)
	if err != nil {
		return err
	}
	s.NoteSecurity(c, features.SecurityEvent{Event: features.DataExported, Detail: c.Path()})
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "accounts-"+now.UTC().Format(time.DateOnly)+".csv"))
	h.Set("Cache-Control", "private, no-store")
	c.Response().WriteHeader(http.StatusOK)
	return writeAccounts(csv.NewWriter(c.Response()), catalogue, columnFeatures(query, catalogue), accounts, now)
}

func writeAccounts(w *csv.Writer, catalogue *features.Catalogue, columns []*features.Feature, accounts []*features.Account, now time.Time) error {
	header := []string{registry.ByteOrderMark + "name", "slug", "external_id", "contact_email", "postal_code", "tier", "status"}
	for _, f := range columns {
		header = append(header, registry.FeatureColumn+f.Key)
	}
	if err := w.Write(header); err != nil {
		return err
	}
	for _, a := range accounts {
		tier, _ := catalogue.Tier(a.TierID)
		line := []string{a.Name, a.Slug, a.ExternalID, a.ContactEmail, a.PostalCode, tier.Key, string(a.Status)}
		for _, f := range columns {
			line = append(line, exportedValue(catalogue.AccountValue(f, a, now)))
		}
		for i := range line {
			line[i] = registry.GuardCell(line[i])
		}
		if err := w.Write(line); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// exportedValue is what an account has of a feature, in a cell: on, off, some, or the value.
func exportedValue(s features.AccountValue) string {
	if s.State == features.On {
		return s.Value.Words()
	}
	return s.State.String()
}
