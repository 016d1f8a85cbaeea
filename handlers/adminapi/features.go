package adminapi

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// featureBody is what may be written of a feature.
type featureBody struct {
	Key                string             `json:"key"`
	Name               string             `json:"name"`
	Description        string             `json:"description"`
	Category           string             `json:"category"`
	Subcategory        string             `json:"subcategory"`
	Icon               string             `json:"icon"`
	HelpURL            string             `json:"help_url"`
	Owner              string             `json:"owner"`
	DisplayOrder       int                `json:"display_order"`
	Type               features.Type      `json:"type"`
	Default            features.Value     `json:"default"`
	Min                *int64             `json:"min"`
	Max                *int64             `json:"max"`
	Enum               []features.JSON    `json:"enum"`
	Schema             features.JSON      `json:"schema"`
	Rollout            releaseBody        `json:"rollout"`
	Variants           []features.Variant `json:"variants"`
	DependsOn          []string           `json:"depends_on"`
	ConflictsWith      []string           `json:"conflicts_with"`
	Permanent          bool               `json:"permanent"`
	Premium            bool               `json:"premium"`
	RequiresSetup      bool               `json:"requires_setup"`
	Deprecated         bool               `json:"deprecated"`
	DeprecationMessage string             `json:"deprecation_message"`
	Metadata           features.JSON      `json:"metadata"`
	Active             bool               `json:"active"`
	Enabled            bool               `json:"enabled"`
}

type releaseBody struct {
	Strategy   features.Strategy `json:"strategy"`
	Percentage features.Percent  `json:"percentage"`
	By         features.Subject  `json:"by"`
	Target     features.Target   `json:"target"`
}

// featureView is a feature as the admin API shows it.
type featureView struct {
	featureBody
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by"`
	resource
}

var fixedOfFeature = []string{"key", "created_at", "updated_at", "updated_by", "revision", "change"}

// newFeatureBody is a feature's before anybody has said anything of it.
func newFeatureBody() featureBody {
	return featureBody{
		Type: features.BooleanType, Rollout: releaseBody{Strategy: features.ToAll, By: features.ByAccount}, Active: true, Enabled: true,
	}
}

func featureBodyOf(f *features.Feature) featureBody {
	return featureBody{
		Key: f.Key, Name: f.Name, Description: f.Description, Category: f.Category, Subcategory: f.Subcategory, Icon: f.Icon,
		HelpURL: f.HelpURL, Owner: f.Owner, DisplayOrder: f.DisplayOrder, Type: f.Type, Default: f.Default,
		Min: f.Constraints.Min, Max: f.Constraints.Max, Enum: orEmpty(f.Constraints.Enum), Schema: f.Constraints.Schema,
		Rollout:  releaseBody{f.Rollout.Strategy, f.Rollout.Percentage, f.Rollout.By, f.Rollout.Target},
		Variants: orEmpty(f.Variants), DependsOn: orEmpty(f.DependsOn), ConflictsWith: orEmpty(f.ConflictsWith),
		Permanent: f.Permanent, Premium: f.Premium, RequiresSetup: f.RequiresSetup, Deprecated: f.Deprecated,
		DeprecationMessage: f.DeprecationMessage, Metadata: f.Metadata, Active: f.Active, Enabled: f.Enabled,
	}
}

// orEmpty is a list as JSON writes it, also where it is empty.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (d featureBody) draft() features.FeatureDraft {
	return features.FeatureDraft{
		Key: d.Key, Name: d.Name, Description: d.Description, Category: d.Category, Subcategory: d.Subcategory, Icon: d.Icon,
		HelpURL: d.HelpURL, Owner: d.Owner, DisplayOrder: d.DisplayOrder, Type: d.Type, Default: d.Default,
		Constraints: features.Constraints{Min: d.Min, Max: d.Max, Enum: d.Enum, Schema: d.Schema}, Permanent: d.Permanent,
		Badges:      features.Badges{Premium: d.Premium, RequiresSetup: d.RequiresSetup},
		Deprecation: features.Deprecation{Deprecated: d.Deprecated, DeprecationMessage: d.DeprecationMessage},
		Rollout:     features.Rollout{Strategy: d.Rollout.Strategy, Percentage: d.Rollout.Percentage, By: d.Rollout.By, Target: d.Rollout.Target},
		Variants:    d.Variants, Links: features.Links{DependsOn: d.DependsOn, ConflictsWith: d.ConflictsWith}, Metadata: d.Metadata,
	}
}

func featureViewOf(f *features.Feature) *featureView {
	return &featureView{
		featureBody: featureBodyOf(f), CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt, UpdatedBy: f.UpdatedBy,
		resource: resource{Revision: f.Revision},
	}
}

func seenFeature(f *features.Feature) db.IfMatch {
	return db.IfMatch{Entity: "feature", ID: f.ID, Feature: f.ID}
}

// ListFeatures lists the registry in display order.
func (s *Surface) ListFeatures(c echo.Context) error {
	q, err := readList(c, "q", "state", "strategy", "category", "owner")
	if err != nil {
		return err
	}
	filter, err := web.ReadFeatureQuery(c)
	if err != nil {
		return err
	}
	return answerResources(s, c, func() (l listPart[*features.Feature], err error) {
		var matching []*features.Feature
		for _, f := range s.Live.Catalogue().Features() {
			if filter.Matches(f, false) {
				matching = append(matching, f)
			}
		}
		l.found, l.next = pageOf(q, matching, func(f *features.Feature) cursor { return cursor{Number: int64(f.DisplayOrder), Text: f.Key} })
		l.total = len(matching)
		return l, nil
	}, seenFeature, func(f *features.Feature) versioned { return featureViewOf(f) })
}

// ShowFeature answers with the feature that the path names.
func (s *Surface) ShowFeature(c echo.Context) error {
	return s.answerFeature(c, http.StatusOK, c.Param("key"))(0)
}

// answerFeature answers with a feature as it is by then.
func (s *Surface) answerFeature(c echo.Context, status int, key string) func(revision int64) error {
	return func(revision int64) error {
		if status == http.StatusCreated {
			c.Response().Header().Set("Location", web.AdminPath+"/features/"+key)
		}
		return s.answerResource(c, status, revision, func() (view versioned, of db.IfMatch, err error) {
			f, err := s.Live.Catalogue().Feature(key)
			if err != nil {
				return nil, of, err
			}
			return featureViewOf(f), seenFeature(f), nil
		})
	}
}

// CreateFeature adds a feature. A new one is in use, and its kill switch on.
func (s *Surface) CreateFeature(c echo.Context) error {
	form := newFeatureBody()
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	if !form.Active || !form.Enabled {
		return web.Refusal("active", "A new feature is always active with its kill switch on. Change that after you have created it.")
	}
	draft := form.draft().Normalize()
	return s.change(c, adminWrite{
		change:  &db.CreateFeature{Draft: draft},
		refused: atPaths,
		answer:  s.answerFeature(c, http.StatusCreated, draft.Key),
	})
}

// writeFeature changes the feature of a call; write is given it as it is now, whoever changed it.
func (s *Surface) writeFeature(c echo.Context, write func(f *features.Feature, seen *db.IfMatch) error) error {
	var f *features.Feature
	return s.edit(c, func() (of db.IfMatch, there bool, err error) {
		if f, err = s.Live.Catalogue().Feature(c.Param("key")); err != nil {
			return of, false, err
		}
		return seenFeature(f), true, nil
	}, func(seen *db.IfMatch) error { return write(f, seen) })
}

// PatchFeature changes the fields of a feature that the body names.
func (s *Surface) PatchFeature(c echo.Context) error {
	p := web.Patch[featureView]{Body: c}
	return s.writeFeature(c, func(f *features.Feature, seen *db.IfMatch) error {
		now := featureViewOf(f)
		now.of(seen.Version)
		form, err := p.On(*now, featureView{featureBody: newFeatureBody()}, fixedOfFeature...)
		if err != nil {
			return err
		}
		change := db.FeatureChange{Draft: form.draft(), Active: &form.Active, Enabled: &form.Enabled, Version: seen.Version}
		return s.change(c, adminWrite{
			seen:    seen,
			change:  &change,
			refused: atPaths,
			answer:  s.answerFeature(c, http.StatusOK, f.Key),
		})
	})
}

// DeleteFeature removes a feature that nothing refers to.
func (s *Surface) DeleteFeature(c echo.Context) error {
	return s.writeFeature(c, func(f *features.Feature, seen *db.IfMatch) error {
		return s.change(c, adminWrite{
			seen:   seen,
			change: &db.DeleteFeature{Key: f.Key},
			answer: noContent(c),
		})
	})
}

// KillFeature moves the kill switch, which must not wait for anybody: it needs no version.
func (s *Surface) KillFeature(c echo.Context) error {
	var form struct {
		Enabled *bool  `json:"enabled"`
		Reason  string `json:"reason"`
	}
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	if form.Enabled == nil {
		return web.Refusal("enabled", "Use true or false: false switches the feature off everywhere.")
	}
	key := c.Param("key")
	return s.change(c, adminWrite{
		change: &db.KillSwitch{ChangeOptions: db.ChangeOptions{Reason: form.Reason}, Keys: []string{key}, Enabled: *form.Enabled},
		answer: s.answerFeature(c, http.StatusOK, key),
	})
}

// pathsOfFeature are the members that the fields of a feature's form have another name for.
var pathsOfFeature = map[string]string{
	"strategy": "rollout.strategy", "percentage": "rollout.percentage", "rollout_by": "rollout.by",
	"account_ids": "rollout.target.account_ids", "user_ids": "rollout.target.user_ids",
	"postal_codes": "rollout.target.postal_codes", "roles": "rollout.target.roles",
}

// atPaths names the fields of a refusal as members of the body. Forms count variants from 1, bodies from 0.
func atPaths(err error) error {
	var problems features.Problems
	if !errors.As(err, &problems) {
		return err
	}
	renamed := make(features.Problems, len(problems))
	for i, problem := range problems {
		one := *problem
		if path, known := pathsOfFeature[one.Field]; known {
			one.Field = path
		}
		if words := strings.Split(one.Field, "."); len(words) > 2 && words[0] == "variants" {
			if n, err := strconv.Atoi(words[1]); err == nil {
				one.Field = strings.Join(slices.Concat([]string{"variants", strconv.Itoa(n - 1)}, words[2:]), ".")
			}
		}
		renamed[i] = &one
	}
	return renamed
}
