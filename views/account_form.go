package views

import "github.com/a-h/templ"

// AccountFormModel is the form that creates an account or edits one.
type AccountFormModel struct {
	CSRFToken string
	Account   AccountFields
	Opened    AccountFields // what the form showed when it was opened, so that a conflict can tell what was touched
	Tiers     []Option
	Errors    map[string]string
	ID        string // of what is edited; "" for a new account
	Version   string // of what is edited
	ReadOnly  bool
	Conflict  *AccountConflictModel
}

// AccountFields is what a person may write of an account; Tier is a tier's key.
type AccountFields struct {
	Name, Slug, ExternalID, ContactEmail, PostalCode, Tier string
}

// AccountConflictModel is an account that someone else saved while this form was open.
type AccountConflictModel struct {
	By, When string
	Rows     []DiffRow // the fields that differ: theirs, mine
}

func (m AccountConflictModel) diff() DiffModel {
	return DiffModel{Caption: "What differs", Before: m.By + "'s, saved", After: "Yours, not saved", Rows: m.Rows}
}

// opened are hidden fields that carry what the form showed when it was opened.
func (m AccountFormModel) opened() []Fact {
	f := m.Opened
	return []Fact{
		{"opened_name", f.Name},
		{"opened_slug", f.Slug},
		{"opened_external_id", f.ExternalID},
		{"opened_contact_email", f.ContactEmail},
		{"opened_postal_code", f.PostalCode},
		{"opened_tier", f.Tier},
	}
}

func (m AccountFormModel) input(name, label, value, hint string, attributes templ.Attributes) InputModel {
	if attributes == nil {
		attributes = templ.Attributes{}
	}
	attributes["autocomplete"], attributes["disabled"] = "off", m.ReadOnly
	return InputModel{ID: name, Name: name, Label: label, Value: value, Hint: hint, Error: m.Errors[name], Attributes: attributes}
}

func (m AccountFormModel) email() InputModel {
	input := m.input("contact_email", "Contact e-mail", m.Account.ContactEmail, "", templ.Attributes{"maxlength": "254"})
	input.Type = "email"
	return input
}

func (m AccountFormModel) tier() SelectModel {
	field := SelectModel{
		ID: "tier", Name: "tier", Label: "Tier", Value: m.Account.Tier, Error: m.Errors["tier"],
		Options: append([]Option{{"", "No tier"}}, m.Tiers...), Attributes: templ.Attributes{"disabled": m.ReadOnly},
	}
	if m.ID != "" && !m.ReadOnly { // what another tier would do is said beside it
		field.Attributes["hx-post"] = "/admin/accounts/" + m.Opened.Slug + "/tier/effect"
		field.Attributes["hx-target"], field.Attributes["hx-swap"], field.Attributes["hx-sync"] = "#tier-effect", "innerMorph", "replace"
	}
	return field
}

func (m AccountFormModel) slugHint() string {
	if m.ID == "" {
		return "Part of its address here; empty for one made from the name."
	}
	return "Part of its address here. Links with the old one will no longer work."
}

func (m AccountFormModel) externalHint() string {
	if m.ID == "" {
		return "Its ID in your own system. It becomes the targeting key, which never changes."
	}
	return "Its ID in your own system. The targeting key stays as it is."
}
