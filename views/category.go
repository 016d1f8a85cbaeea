package views

// CategoryModel is a category of features in the menu that switches all of it.
type CategoryModel struct {
	Name         string
	Live, Killed int // features by their kill switch
}

func (m CategoryModel) askURL(enabled string) string {
	return "/admin/category/kill?" + query("category", m.Name) + "&" + query("enabled", enabled)
}

// CategoryFields are what a person answers who switches a category.
type CategoryFields struct {
	Category      string
	Enabled       string // the wanted position
	Keys          []string
	Effects       FeatureEffectsModel
	Dependents    string // what else needs some of them: "3 features need one of these: …"; "" for nothing
	Reason, Error string
}
