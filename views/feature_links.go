package views

// FeatureLinksModel is what a feature needs, what needs it, what it conflicts with, and what the tiers give of it.
type FeatureLinksModel struct {
	Frame        FeatureFrameModel
	Dependencies []LinkedModel
	Dependents   []LinkedModel
	Conflicts    []LinkedModel
	Tiers        []ListedModel
}

// LinkedModel is a feature that another is linked to, and who has it.
type LinkedModel struct {
	FeatureNameModel
	Sentence string
}

// ListedModel is what one tier gives of a feature.
type ListedModel struct {
	Tier   string
	Place  int // among the tiers, from 1
	Value  BadgeModel
	Locked bool // no override counts against it
}
