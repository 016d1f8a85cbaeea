package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// ShowTiers is the matrix of what every tier gives of every feature.
func (s *Surface) ShowTiers(c echo.Context) error {
	catalogue := s.Live.Catalogue()
	query, err := readMatrixQuery(c.QueryParams(), catalogue)
	if err != nil {
		return err
	}
	matrix, err := s.matrix(c, query, catalogue, catalogue.Features())
	if err != nil {
		return err
	}
	matrix.accounts = s.accountsByTier()
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "Tiers", "tiers"), views.MatrixPage(matrix.model(c))))
}

// matrixQuery is the matrix as its address has it.
type matrixQuery struct {
	search      string
	category    string
	compare     string // two keys with a comma between; "" for every tier
	differences bool
	tiers       []features.Tier // to show
}

func readMatrixQuery(values url.Values, catalogue *features.Catalogue) (q matrixQuery, err error) {
	q = matrixQuery{
		search: strings.TrimSpace(values.Get("q")), category: values.Get("category"), compare: values.Get("compare"),
		tiers: catalogue.Tiers(),
	}
	switch values.Get("differences") {
	case "":
	case "1":
		q.differences = true
	default:
		return q, web.Refusal("differences", "Use 1, or omit it.")
	}
	if q.compare == "" {
		return q, nil
	}
	q.tiers = nil
	for key := range strings.SplitSeq(q.compare, ",") {
		tier, err := catalogue.TierByKey(key)
		if err != nil || slices.Contains(q.tiers, tier) {
			return q, web.Refusal("compare", "Name two tiers by their keys, such as free,pro.")
		}
		q.tiers = append(q.tiers, tier)
	}
	if len(q.tiers) != 2 {
		return q, web.Refusal("compare", "Name two tiers by their keys, such as free,pro.")
	}
	return q, nil
}

func (q matrixQuery) filtered() bool {
	return q.search != "" || q.category != "" || q.compare != "" || q.differences
}

// choosers are the filters beside the search: a category, and two tiers to compare.
func (q matrixQuery) choosers(catalogue *features.Catalogue) []views.SelectModel {
	category := web.Chooser("category", "Category", q.category, "Any category", web.Options(web.Categories(catalogue.Features()))...)
	all := catalogue.Tiers()
	if len(all) < 3 {
		return []views.SelectModel{category}
	}
	compare := web.Chooser("compare", "Compare", q.compare, "All tiers")
	for i, a := range all {
		for _, b := range all[i+1:] {
			compare.Options = append(compare.Options, views.Option{Value: a.Key + "," + b.Key, Text: a.Name + " and " + b.Name})
		}
	}
	return []views.SelectModel{category, compare}
}

// matrix is the matrix being made, or some of its rows: the versions of their cells are read once.
type matrix struct {
	query     matrixQuery
	catalogue *features.Catalogue
	versions  map[db.TierCell]int64
	accounts  map[int64]int // of each tier, by its number; only for the whole page
	mayEdit   bool
}

// matrix makes the matrix with the cells of some features.
func (s *Surface) matrix(c echo.Context, q matrixQuery, catalogue *features.Catalogue, wanted []*features.Feature) (m matrix, err error) {
	m = matrix{query: q, catalogue: catalogue, mayEdit: web.MayEdit(c)}
	ids := make([]int64, len(wanted))
	for i, f := range wanted {
		ids[i] = f.ID
	}
	m.versions, err = s.DB.TierCellVersions(c.Request().Context(), tierIDs(catalogue.Tiers()), ids)
	return m, err
}

func tierIDs(tiers []features.Tier) []int64 {
	ids := make([]int64, len(tiers))
	for i, tier := range tiers {
		ids[i] = tier.ID
	}
	return ids
}

// accountsByTier counts the accounts of each tier.
func (s *Surface) accountsByTier() map[int64]int {
	counts := make(map[int64]int)
	for a := range s.Live.Accounts().All() {
		counts[a.TierID]++
	}
	return counts
}

func (m matrix) model(c echo.Context) views.MatrixModel {
	active := activeFeatures(m.catalogue)
	model := views.MatrixModel{
		URL: c.Request().URL.RequestURI(), Query: m.query.search, Choosers: m.query.choosers(m.catalogue),
		Differences: m.query.differences, Filtered: m.query.filtered(), Features: len(active), MayEdit: m.mayEdit,
		Count: words.Count(len(m.catalogue.Tiers()), "tier") + ", " + words.Count(len(active), "feature"),
	}
	for _, tier := range m.query.tiers {
		model.Tiers = append(model.Tiers, views.MatrixTier{
			Key: tier.Key, Name: tier.Name, Place: slices.Index(m.catalogue.Tiers(), tier) + 1, Accounts: m.accounts[tier.ID],
		})
	}
	shown := 0
	for _, f := range active {
		same := m.same(f)
		if m.query.category != "" && f.Category != m.query.category || m.query.differences && same || !web.Matches(f, m.query.search) {
			continue
		}
		shown++
		i := slices.IndexFunc(model.Categories, func(x views.MatrixCategory) bool { return x.Name == categoryName(f) })
		if i < 0 {
			i, model.Categories = len(model.Categories), append(model.Categories, m.category(f))
		}
		model.Categories[i].Rows = append(model.Categories[i].Rows, m.row(f, same))
	}
	model.Shown = words.Number(shown) + " of " + words.Number(len(active)) + " shown"
	return model
}

// same tells whether the tiers shown give a feature alike.
func (m matrix) same(f *features.Feature) bool {
	for i, tier := range m.query.tiers {
		if i > 0 && !sameTierFeature(m.catalogue, m.query.tiers[0].ID, tier.ID, f) {
			return false
		}
	}
	return true
}

func sameTierFeature(catalogue *features.Catalogue, a, b int64, f *features.Feature) bool {
	x, there := catalogue.TierFeature(a, f)
	y, also := catalogue.TierFeature(b, f)
	return there == also && x.Value == y.Value && x.AllowOverride == y.AllowOverride && x.AllowUpgrade == y.AllowUpgrade
}

// category is the head of the category that a feature is in, counted over all its active features.
func (m matrix) category(of *features.Feature) views.MatrixCategory {
	category := views.MatrixCategory{Name: categoryName(of)}
	for _, f := range activeFeatures(m.catalogue) {
		if categoryName(f) != category.Name {
			continue
		}
		if category.Of == 0 {
			category.ID = "category-" + strconv.FormatInt(f.ID, 10)
		}
		category.Of++
		if !m.same(f) {
			category.Differ++
		}
	}
	return category
}

func (m matrix) row(f *features.Feature, same bool) views.MatrixRow {
	row := views.MatrixRow{FeatureNameModel: featureName(f), ID: f.ID, Help: f.Description, Same: same}
	for _, tier := range m.query.tiers {
		row.Cells = append(row.Cells, m.cell(tier, f))
	}
	return row
}

func (m matrix) cell(tier features.Tier, f *features.Feature) views.MatrixCell {
	tierFeature, ok := m.catalogue.TierFeature(tier.ID, f)
	cell := views.MatrixCell{
		TierID: tier.ID, FeatureID: f.ID, Tier: tier.Key, TierName: tier.Name, Key: f.Key, Feature: f.Name, Kind: cellKind(f),
		Listed: ok, On: f.Default.Enabled, Inherited: words.Clipped(f.Default.Words()), AllowOverride: true, MayEdit: m.mayEdit,
		// Read after the catalogue, the version may be of a change that is not in it yet: see featureRow.
		Version: min(m.versions[db.TierCell{Tier: tier.ID, Feature: f.ID}], m.catalogue.Revision),
	}
	if ok {
		cell.On, cell.Text, cell.AllowOverride, cell.Ask = tierFeature.Value.Enabled, cellText(f.Type, tierFeature.Value), tierFeature.AllowOverride, tierFeature.AllowUpgrade
	}
	if cell.Kind == views.CellChoice {
		cell.Options = cellOptions(f, cell.Text)
	}
	return cell
}

func cellKind(f *features.Feature) views.CellKind {
	switch {
	case f.Type.IsBoolean():
		return views.CellSwitch
	case f.Type == features.JSONType:
		return views.CellJSON
	case len(f.Constraints.Enum) > 0:
		return views.CellChoice
	case f.Type == features.IntegerType:
		return views.CellNumber
	}
	return views.CellText
}

// cellOptions are what a feature with a list of values can be in a tier.
func cellOptions(f *features.Feature, now string) []views.Option {
	choices := []views.Option{{Value: "", Text: "Default: " + words.Clipped(f.Default.Words())}, {Value: cellOff, Text: "Off"}}
	if len(f.Variants) > 0 {
		choices = append(choices, views.Option{Value: cellOn, Text: "On, by variant"})
	}
	for _, one := range f.Constraints.Enum {
		choices = append(choices, views.Option{Value: cellText(f.Type, features.Value{Enabled: true, Data: one}), Text: one.Text()})
	}
	if !slices.ContainsFunc(choices, func(o views.Option) bool { return o.Value == now }) {
		choices = append(choices, views.Option{Value: now, Text: now})
	}
	return choices
}

// What is typed into a cell for a feature that is off, and for one that is on without a value.
const (
	cellOff = "off"
	cellOn  = "on"
)

// cellText is a value as it is typed into a cell. A text that would be taken for something else stands in quotation marks.
func cellText(t features.Type, v features.Value) string {
	text := v.Words()
	if t == features.StringType && v.Enabled && v.Data != "" && (text == cellOff || text == cellOn || strings.HasPrefix(text, `"`)) {
		return string(v.Data)
	}
	return text
}

// readCell reads what is typed into a cell; clear is whether the tier is to list nothing.
func readCell(f *features.Feature, text string) (v features.Value, clear bool, err error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return v, true, nil
	case strings.EqualFold(text, cellOff):
		return v, false, nil
	case strings.EqualFold(text, cellOn):
		return features.Value{Enabled: true}, false, nil
	case f.Type.IsBoolean():
		return v, false, web.Refusal("value", "Use on or off, or leave it empty for the default.")
	case f.Type == features.StringType && strings.HasPrefix(text, `"`):
		v.Data, err = features.ParseJSON(text)
	default:
		v.Data, err = f.Type.ParseData(text)
	}
	if err != nil {
		return v, false, web.Refusal("value", sentenceOf(err))
	}
	v.Enabled = true
	return v, false, nil
}
