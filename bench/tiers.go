package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// The size of the matrix that is measured.
const (
	matrixFeatures = 200
	matrixTiers    = 6
	movedAccounts  = 10_000
)

// tiers measures the matrix of tiers and moving many accounts to another tier.
func (b *bench) tiers() error {
	title(fmt.Sprintf("Tiers: the matrix of %d features × %d tiers, over %d accounts", matrixFeatures, matrixTiers, accounts))
	if err := b.fillMatrix(); err != nil {
		return err
	}
	var page *httptest.ResponseRecorder
	var took []time.Duration
	for range listRuns {
		answer, t := b.get(b.staff, "/admin/tiers")
		if answer.Code != http.StatusOK {
			return fmt.Errorf("the matrix answers %d", answer.Code)
		}
		page, took = answer, append(took, t)
	}
	row("the page, p50 / p95", p50p95(took), "p95 80 ms")
	if err := b.cell(page); err != nil {
		return err
	}
	return b.moveMany()
}

// fillMatrix adds the features and tiers that are missing, and has every tier list every feature.
func (b *bench) fillMatrix() error {
	for i := len(b.db.Live().Catalogue().Features()); i < matrixFeatures; i++ {
		draft := features.FeatureDraft{Key: fmt.Sprintf("limits.limit_%d", i), Name: fmt.Sprintf("Limit %d", i), Category: fmt.Sprintf("category %d", i/20)}
		if i%2 == 0 {
			draft.Type, draft.Default = features.IntegerType, features.Value{Enabled: true, Data: "5"}
		}
		if _, err := b.db.CreateFeature(b.ctx, dbtest.Actor(), draft); err != nil {
			return err
		}
	}
	for i := len(b.db.Live().Catalogue().Tiers()); i < matrixTiers; i++ {
		if _, err := b.db.CreateTier(b.ctx, dbtest.Actor(), features.Tier{Key: fmt.Sprintf("tier_%d", i), Name: fmt.Sprintf("Tier %d", i)}); err != nil {
			return err
		}
	}
	var save db.TierSave
	for _, tier := range b.db.Live().Catalogue().Tiers() {
		for _, f := range b.db.Live().Catalogue().Features() {
			edit := features.TierEdit{Tier: tier.Key, Feature: f.Key, AllowOverride: true, Value: features.Value{Enabled: tier.ID%2 == 0}}
			if f.Type == features.IntegerType {
				edit.Value = features.Value{Enabled: true, Data: features.JSON(strconv.FormatInt(tier.ID*10, 10))}
			}
			save.Changes = append(save.Changes, db.TierFeatureChange{TierEdit: edit})
		}
	}
	begun := time.Now()
	_, _, err := b.db.SaveTierFeatures(b.ctx, dbtest.Actor(), save)
	row(fmt.Sprintf("%d cells saved together, with their effect", len(save.Changes)), time.Since(begun).Round(time.Millisecond).String(), "")
	return err
}

// cell measures what a value typed into the matrix waits for: its effect, and being saved.
func (b *bench) cell(page *httptest.ResponseRecorder) error {
	matrix, err := goquery.NewDocumentFromReader(page.Body)
	if err != nil {
		return err
	}
	cell := matrix.Find("[data-cell^='free/limits.']").First()
	name, version := cell.AttrOr("data-cell", ""), cell.AttrOr("data-version", "")
	var effect, saved []time.Duration
	for i := range listRuns {
		form := url.Values{"cell": {name}, "text": {strconv.Itoa(100 + i)}, "allows": {"override"}, "version": {version}, "csrf_token": {b.token()}}
		answer, t := b.postTimed("/admin/tiers/-/effect", form)
		bar, err := goquery.NewDocumentFromReader(answer.Body)
		if err != nil {
			return err
		}
		form.Set("digest", bar.Find("[name=digest]").AttrOr("value", ""))
		done, t2 := b.postTimed("/admin/tiers/-/cells", form)
		stored, err := goquery.NewDocumentFromReader(done.Body)
		if err != nil {
			return err
		}
		version = stored.Find("[data-cell]").AttrOr("data-version", "")
		if done.Code != http.StatusOK || version == "" {
			return fmt.Errorf("the cell answers %d", done.Code)
		}
		effect, saved = append(effect, t), append(saved, t2)
	}
	row("the effect of a value while it is typed, p50 / p95", p50p95(effect), "")
	row("Enter, until it is saved and answered, p50 / p95", p50p95(saved), "150 ms")
	return nil
}

// postTimed sends a form of the console that has its token, and gives how long the answer took.
func (b *bench) postTimed(path string, form url.Values) (*httptest.ResponseRecorder, time.Duration) {
	request := httptest.NewRequestWithContext(b.ctx, http.MethodPost, path, strings.NewReader(form.Encode()))
	request.Header.Set("Cookie", b.staff.cookie)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("HX-Request", "true")
	request.Header.Set("HX-Request-Type", "partial")
	answer := httptest.NewRecorder()
	begun := time.Now()
	b.site.ServeHTTP(answer, request)
	return answer, time.Since(begun)
}

// moveMany moves accounts to another tier, as a bulk action and back by undo.
func (b *bench) moveMany() error {
	change := features.Bulk{Action: features.SetTier, Tier: "enterprise"}
	for a := range b.db.Live().Accounts().All() {
		if tier, _ := b.db.Live().Catalogue().Tier(a.TierID); tier.Key == "free" && len(change.Selection.IDs) < movedAccounts {
			change.Selection.IDs = append(change.Selection.IDs, a.ID)
		}
	}
	change.Selection.IDs = slices.Clip(change.Selection.IDs)
	begun := time.Now()
	plan, err := b.db.PlanBulk(change)
	if err != nil {
		return err
	}
	row(fmt.Sprintf("the effect of moving %d accounts", len(plan.Changed)), time.Since(begun).Round(time.Millisecond).String(), "")
	begun = time.Now()
	_, _, err = b.db.ApplyBulk(b.ctx, dbtest.Actor(), db.BulkChange{Bulk: change, Digest: plan.Digest, ChangeOptions: db.ChangeOptions{Reason: "measured"}})
	row(fmt.Sprintf("%d accounts moved to another tier, with audit", len(plan.Changed)), time.Since(begun).Round(time.Millisecond).String(), "1 s")
	return err
}
