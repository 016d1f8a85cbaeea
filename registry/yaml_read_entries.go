package registry

import (
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"flagstone/features"
)

var (
	modelKeys = []string{
		"provider", "model_id", "name", "type", "family", "tools", "vision", "streaming", "max_tokens", "context_window", "input_price",
		"output_price", "feature", "active", "deprecated",
	}
	componentKeys = []string{
		"key", "name", "display_name", "description=help", "category", "subcategory", "feature", "required_features", "icon", "docs_url",
		"beta", "active",
	}
)

// entries reads models and components.
func (r *reader) entries(m mapping) (file FileEntries) {
	_, file.HasModels = m.values["models"]
	_, file.HasComponents = m.values["components"]
	for _, v := range r.list(m.values["models"], "models") {
		file.Models = append(file.Models, r.model(v))
	}
	for _, v := range r.list(m.values["components"], "components") {
		file.Components = append(file.Components, r.component(v))
	}
	return file
}

func (r *reader) model(v value) FileModel {
	m, good := r.mapping(v, "a model", modelKeys...)
	f := FileModel{At: m.place("model_id"), FeatureAt: m.place("feature")}
	if !good {
		return f
	}
	f.Draft = features.ModelDraft{
		Provider: r.text(m, "provider"), ModelID: r.text(m, "model_id"), Name: r.text(m, "name"), Type: features.ModelType(r.text(m, "type")),
		Family: r.text(m, "family"), MaxTokens: r.whole(m, "max_tokens"), ContextWindow: r.whole(m, "context_window"),
		InputPrice: r.text(m, "input_price"), OutputPrice: r.text(m, "output_price"), Feature: r.text(m, "feature"),
		Active: r.flag(m, "active", true), Deprecated: r.flag(m, "deprecated", false),
	}
	f.Draft.Tools, f.Draft.Vision, f.Draft.Streaming = r.flag(m, "tools", false), r.flag(m, "vision", false), r.flag(m, "streaming", false)
	f.Draft = f.Draft.Normalize()
	r.check(m, f.Draft.Validate(), nil)
	return f
}

func (r *reader) component(v value) FileComponent {
	m, good := r.mapping(v, "a component", componentKeys...)
	f := FileComponent{At: m.place("key"), FeatureAt: m.place("feature"), RequiresAt: m.place("required_features")}
	if !good {
		return f
	}
	f.Draft = features.ComponentDraft{
		Key: r.text(m, "key"), Name: r.text(m, "name"), DisplayName: r.text(m, "display_name"), Description: r.text(m, "description"),
		Category: r.text(m, "category"), Subcategory: r.text(m, "subcategory"), Feature: r.text(m, "feature"),
		Requires: r.texts(m, "required_features"), Icon: r.text(m, "icon"), DocsURL: r.text(m, "docs_url"),
		Beta: r.flag(m, "beta", false), Active: r.flag(m, "active", true),
	}.Normalize()
	r.check(m, f.Draft.Validate(), nil)
	return f
}

// whole reads a whole number; what is left out is 0.
func (r *reader) whole(m mapping, key string) int {
	v := m.values[key]
	if v.node == nil {
		return 0
	}
	n, err := strconv.Atoi(v.node.GetToken().Value)
	if err != nil || v.node.Type() != ast.IntegerType {
		r.refuse(v.at, key+" must be a whole number in digits, such as 128000.")
	}
	return n
}

// checkDuplicateEntries refuses models and components that stand in the file twice.
func (r *reader) checkDuplicateEntries(file File) {
	models, components := make(map[string]Place), make(map[string]Place)
	for _, f := range file.Models {
		r.once(models, f.Draft.Key(), "The model "+f.Draft.Key(), f.At)
	}
	for _, f := range file.Components {
		r.once(components, f.Draft.Key, "The component "+f.Draft.Key, f.At)
	}
}
