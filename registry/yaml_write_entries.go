package registry

import (
	"strconv"

	"flagstone/features"
)

func (w *writer) entries(file FileEntries) {
	if file.HasModels {
		w.list("models", len(file.Models), func(i int) { w.model(file.Models[i].Draft) })
	}
	if file.HasComponents {
		w.list("components", len(file.Components), func(i int) { w.component(file.Components[i].Draft) })
	}
}

func (w *writer) model(d features.ModelDraft) {
	w.words("provider", d.Provider)
	w.words("model_id", d.ModelID)
	w.words("name", d.Name)
	w.words("type", string(d.Type))
	w.words("family", d.Family)
	w.flag("tools", d.Tools, false)
	w.flag("vision", d.Vision, false)
	w.flag("streaming", d.Streaming, false)
	w.count("max_tokens", d.MaxTokens)
	w.count("context_window", d.ContextWindow)
	w.words("input_price", d.InputPrice)
	w.words("output_price", d.OutputPrice)
	w.words("feature", d.Feature)
	w.flag("active", d.Active, true)
	w.flag("deprecated", d.Deprecated, false)
}

func (w *writer) component(d features.ComponentDraft) {
	w.words("key", d.Key)
	w.words("name", d.Name)
	w.words("display_name", d.DisplayName)
	w.words("description", d.Description)
	w.words("category", d.Category)
	w.words("subcategory", d.Subcategory)
	w.words("feature", d.Feature)
	w.keys("required_features", d.Requires)
	w.words("icon", d.Icon)
	w.words("docs_url", d.DocsURL)
	w.flag("beta", d.Beta, false)
	w.flag("active", d.Active, true)
}

// count writes a number, unless it is not known.
func (w *writer) count(name string, n int) {
	if n != 0 {
		w.line(name, strconv.Itoa(n))
	}
}
