package adminapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// tierBody is what may be written of a tier.
type tierBody struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Order       int    `json:"order"`
}

// tierDetail is a tier as the admin API shows it.
type tierDetail struct {
	tierBody
	Accounts int `json:"accounts"` // how many are in it
	resource
}

var fixedOfTier = []string{"key", "accounts", "revision", "change"}

func (d tierBody) tier() features.Tier {
	return features.Tier{Key: d.Key, Name: d.Name, Description: d.Description, Position: d.Order}
}

// tierDetails returns what shows a tier; the accounts of all tiers are counted once.
func (s *Surface) tierDetails() func(features.Tier) *tierDetail {
	accounts := make(map[int64]int)
	for a := range s.Live.Accounts().All() {
		accounts[a.TierID]++
	}
	return func(t features.Tier) *tierDetail {
		return &tierDetail{tierBody: tierBody{t.Key, t.Name, t.Description, t.Position}, Accounts: accounts[t.ID]}
	}
}

func seenTier(t features.Tier) db.IfMatch { return db.IfMatch{Entity: "tier", ID: t.ID} }

// ListTiers lists the tiers in their order.
func (s *Surface) ListTiers(c echo.Context) error {
	q, err := readList(c)
	if err != nil {
		return err
	}
	details := s.tierDetails()
	return answerResources(s, c, func() (l listPart[features.Tier], err error) {
		all := s.Live.Catalogue().Tiers()
		l.found, l.next = pageOf(q, all, func(t features.Tier) cursor { return cursor{Number: int64(t.Position), Text: t.Key} })
		l.total = len(all)
		return l, nil
	}, seenTier, func(t features.Tier) versioned { return details(t) })
}

// ShowTier answers with the tier that the path names.
func (s *Surface) ShowTier(c echo.Context) error {
	return s.answerTier(c, http.StatusOK, c.Param("key"))(0)
}

// answerTier answers with a tier as it is by then.
func (s *Surface) answerTier(c echo.Context, status int, key string) func(revision int64) error {
	return func(revision int64) error {
		if status == http.StatusCreated {
			c.Response().Header().Set("Location", web.AdminPath+"/tiers/"+key)
		}
		return s.answerResource(c, status, revision, func() (view versioned, of db.IfMatch, err error) {
			tier, err := s.Live.Catalogue().TierByKey(key)
			if err != nil {
				return nil, of, err
			}
			return s.tierDetails()(tier), seenTier(tier), nil
		})
	}
}

// CreateTier adds a tier.
func (s *Surface) CreateTier(c echo.Context) error {
	var form tierBody
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	tier := form.tier().Normalize()
	return s.change(c, adminWrite{
		change: &db.CreateTier{Tier: tier},
		answer: s.answerTier(c, http.StatusCreated, tier.Key),
	})
}

// writeTier changes the tier of a call; write is given it as it is now, whoever changed it.
func (s *Surface) writeTier(c echo.Context, write func(t features.Tier, seen *db.IfMatch) error) error {
	var tier features.Tier
	return s.edit(c, func() (of db.IfMatch, there bool, err error) {
		if tier, err = s.Live.Catalogue().TierByKey(c.Param("key")); err != nil {
			return of, false, err
		}
		return seenTier(tier), true, nil
	}, func(seen *db.IfMatch) error { return write(tier, seen) })
}

// PatchTier changes the fields of a tier that the body names.
func (s *Surface) PatchTier(c echo.Context) error {
	p := web.Patch[tierDetail]{Body: c}
	return s.writeTier(c, func(tier features.Tier, seen *db.IfMatch) error {
		now := s.tierDetails()(tier)
		now.of(seen.Version)
		form, err := p.On(*now, tierDetail{}, fixedOfTier...)
		if err != nil {
			return err
		}
		change := db.TierChange{Tier: form.tier(), Version: seen.Version}
		return s.change(c, adminWrite{
			seen:   seen,
			change: &change,
			answer: s.answerTier(c, http.StatusOK, tier.Key),
		})
	})
}

// DeleteTier deletes a tier; move_to says where its accounts go.
func (s *Surface) DeleteTier(c echo.Context) error {
	return s.writeTier(c, func(tier features.Tier, seen *db.IfMatch) error {
		deletion := db.TierDeletion{Key: tier.Key, MoveTo: c.QueryParam("move_to")}
		return s.change(c, adminWrite{
			seen: seen, params: []string{"move_to"},
			change: &deletion,
			answer: noContent(c),
		})
	})
}

// tierFeatureBody is what may be written of what a tier lists of a feature.
type tierFeatureBody struct {
	Enabled       *bool         `json:"enabled"`
	Value         features.JSON `json:"value"`
	AllowOverride bool          `json:"allow_override"`
	AllowUpgrade  bool          `json:"allow_upgrade"`
}

// tierFeatureDetail is what a tier lists of a feature as the admin API shows it.
type tierFeatureDetail struct {
	Tier    string `json:"tier"`
	Feature string `json:"feature"`
	tierFeatureBody
	resource
}

// tierFeatureCell is a tier and a feature, with what the one lists of the other.
type tierFeatureCell struct {
	tier        features.Tier
	feature     *features.Feature
	tierFeature features.TierFeature
	there       bool
}

func (x tierFeatureCell) detail() *tierFeatureDetail {
	l := x.tierFeature
	return &tierFeatureDetail{
		Tier: x.tier.Key, Feature: x.feature.Key, tierFeatureBody: tierFeatureBody{&l.Value.Enabled, l.Value.Data, l.AllowOverride, l.AllowUpgrade},
	}
}

func (x tierFeatureCell) seen() db.IfMatch {
	return db.IfMatch{Entity: "tier_feature", ID: x.tier.ID, Feature: x.feature.ID}
}

// ListTierFeatures lists what a tier lists, in display order.
func (s *Surface) ListTierFeatures(c echo.Context) error {
	q, err := readList(c)
	if err != nil {
		return err
	}
	return answerResources(s, c, func() (l listPart[tierFeatureCell], err error) {
		catalogue := s.Live.Catalogue()
		tier, err := catalogue.TierByKey(c.Param("key"))
		if err != nil {
			return l, err
		}
		var all []tierFeatureCell
		for _, f := range catalogue.Features() {
			if tierFeature, there := catalogue.TierFeature(tier.ID, f); there {
				all = append(all, tierFeatureCell{tier, f, tierFeature, there})
			}
		}
		l.found, l.next = pageOf(q, all, func(x tierFeatureCell) cursor {
			return cursor{Number: int64(x.feature.DisplayOrder), Text: x.feature.Key}
		})
		l.total = len(all)
		return l, nil
	}, tierFeatureCell.seen, func(x tierFeatureCell) versioned { return x.detail() })
}

// apiTierCell finds the tier and the feature of a call.
func (s *Surface) apiTierCell(c echo.Context) (x tierFeatureCell, err error) {
	catalogue := s.Live.Catalogue()
	if x.tier, err = catalogue.TierByKey(c.Param("key")); err != nil {
		return x, err
	}
	if x.feature, err = catalogue.Feature(c.Param("feature")); err != nil {
		return x, err
	}
	x.tierFeature, x.there = catalogue.TierFeature(x.tier.ID, x.feature)
	return x, nil
}

// ShowTierFeature answers with what a tier lists of a feature; where it lists nothing, it is not found.
func (s *Surface) ShowTierFeature(c echo.Context) error { return s.answerTierFeature(c)(0) }

// answerTierFeature answers with what a tier lists of a feature by then.
func (s *Surface) answerTierFeature(c echo.Context) func(revision int64) error {
	return func(revision int64) error {
		return s.answerResource(c, http.StatusOK, revision, func() (view versioned, of db.IfMatch, err error) {
			x, err := s.apiTierCell(c)
			if err != nil {
				return nil, of, err
			}
			if !x.there {
				return nil, of, &features.Error{Kind: features.NotFound, Message: "The tier " + x.tier.Name + " does not list " + x.feature.Name + "."}
			}
			return x.detail(), x.seen(), nil
		})
	}
}

// changeTierFeature edits what a tier lists of a feature.
func (s *Surface) changeTierFeature(c echo.Context, edit features.TierEdit, answer func(int64) error) error {
	return s.edit(c, func() (of db.IfMatch, there bool, err error) {
		x, err := s.apiTierCell(c)
		if err != nil {
			return of, false, err
		}
		edit.Tier, edit.Feature = x.tier.Key, x.feature.Key
		return x.seen(), x.there, nil
	}, func(seen *db.IfMatch) error {
		change := db.TierFeatureChange{TierEdit: edit, Version: seen.Version}
		return s.change(c, adminWrite{
			seen:   seen,
			change: &db.SetTierFeature{TierFeatureChange: change},
			answer: answer,
		})
	})
}

// SetTierFeature has a tier list a feature with the value of the body.
func (s *Surface) SetTierFeature(c echo.Context) error {
	form := tierFeatureBody{AllowOverride: true}
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	value, err := wholeValue(form.Enabled, form.Value)
	if err != nil {
		return err
	}
	edit := features.TierEdit{Value: value, AllowOverride: form.AllowOverride, AllowUpgrade: form.AllowUpgrade}
	return s.changeTierFeature(c, edit, s.answerTierFeature(c))
}

// ClearTierFeature has a tier list a feature no longer.
func (s *Surface) ClearTierFeature(c echo.Context) error {
	return s.changeTierFeature(c, features.TierEdit{Clear: true}, noContent(c))
}
