package typescript_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/typescript"
)

// registry is one feature of every type, in the order in which a portal's developer would read them.
func registry() *features.Catalogue {
	list := []*features.Feature{
		{ID: 1, Key: "knowledge_base", Name: "Knowledge Base", Description: "Access to articles.\n@internal */ export const broken = 1;", Active: true},
		{ID: 2, Key: "api.webhooks", Name: "Webhooks", Active: true, Type: features.BooleanType, Deprecation: features.Deprecation{Deprecated: true, DeprecationMessage: "Use events."}},
		{ID: 3, Key: "limits.max_flows", Name: "Flows", Active: true, Type: features.IntegerType},
		{ID: 4, Key: "assistant.tone", Name: "Tone", Active: true, Type: features.StringType, Constraints: features.Constraints{Enum: []features.JSON{`"plain"`, `"warm"`}}},
		{ID: 5, Key: "retention.days", Name: "Retention", Active: true, Type: features.IntegerType, Constraints: features.Constraints{Enum: []features.JSON{"7", "30"}}},
		{ID: 6, Key: "greeting", Name: "Greeting", Active: true, Type: features.StringType},
		{ID: 7, Key: "theme", Name: "Theme", Active: true, Type: features.JSONType, Constraints: features.Constraints{Schema: `{
			"type": "object", "required": ["accent", "sizes"], "additionalProperties": false, "properties": {
				"accent": {"type": "string"}, "sizes": {"type": "array", "items": {"type": "integer"}}, "logo-url": {"type": ["string", "null"]},
				"mode": {"enum": ["light", "dark", null]}, "limits": {"type": "object", "properties": {"most": {"type": "number", "nullable": true}}},
				"labels": {"type": "object", "additionalProperties": {"type": "string"}}, "version": {"const": 2}, "rest": true, "never": false,
				"odd": {"type": 7}, "free": {}, "any": {"type": "whatever"}, "pair": {"enum": [[1], {"a": 1}]}, "list": {"type": "array"}}}`}},
		{ID: 8, Key: "settings", Name: "Settings", Active: true, Type: features.JSONType},
		{ID: 9, Key: "odd_settings", Name: "Odd settings", Active: true, Type: features.JSONType, Constraints: features.Constraints{Schema: `{"anyOf": []}`}},
		{ID: 10, Key: "retired", Name: "Retired", Type: features.BooleanType},
	}
	for _, f := range list {
		f.DisplayOrder = int(f.ID)
	}
	return features.NewCatalogue(features.Registry{Features: list})
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	text := typescript.Declarations(registry())
	for _, want := range []string{
		"export type FeatureKey =\n  | \"knowledge_base\"\n  | \"api.webhooks\"\n  | \"limits.max_flows\"\n",
		"   * Knowledge Base\n   *\n   * Access to articles.\n",
		"   * @deprecated Use events.\n   */\n  \"api.webhooks\": boolean;\n",
		"  \"assistant.tone\": \"plain\" | \"warm\";\n",
		"  \"retention.days\": 7 | 30;\n",
		"  apiWebhooksEnabled: boolean;\n",
		"    accent: string;\n", "    sizes: ReadonlyArray<number>;\n", "    \"logo-url\"?: string | null;\n",
		"    mode?: \"light\" | \"dark\" | null;\n", "    limits?: {\n      most?: number | null;\n    };\n",
		"    labels?: Record<string, string>;\n", "    version?: 2;\n", "    rest?: unknown;\n", "    never?: never;\n",
		"    odd?: unknown;\n", "    any?: unknown;\n", "    list?: ReadonlyArray<unknown>;\n",
		"    pair?: ReadonlyArray<unknown> | Record<string, unknown>;\n",
		"  \"settings\": Record<string, unknown>;\n", "  \"odd_settings\": Record<string, unknown>;\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the declarations lack %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "retired") {
		t.Error("a feature that is retired is declared")
	}
	for range 20 {
		if typescript.Declarations(registry()) != text {
			t.Fatal("the declarations change from one time to the next")
		}
	}
	if empty := typescript.Declarations(features.NewCatalogue(features.Registry{})); !strings.Contains(empty, "FeatureKey = never;") {
		t.Errorf("without features: %s", empty)
	}
}

// begin is what every program begins with: the client library as it ships, and the declarations.
const begin = `import { flags as client } from "./portal.js";
import type { FeatureFlags, FeatureKey, FeatureValues, TypedFlags } from "./flagstone-types";
const flags: TypedFlags & Omit<typeof client, keyof TypedFlags> = client;
export {};
`

// right is a program that uses the registry as it is.
const right = `
const keys: FeatureKey[] = ["knowledge_base", "api.webhooks", "limits.max_flows"];
flags.connect({ user: 42 });
const { hasFeature, value }: TypedFlags = client;
const on: boolean = hasFeature("knowledge_base") && hasFeature("apiWebhooksEnabled");
const flows: number = value("limits.max_flows", 3);
const tone: "plain" | "warm" = value("assistant.tone", "plain");
const days: 7 | 30 = value("retention.days", 30);
const greeting: string = value("greeting", "Hello");
const theme = value("theme", { accent: "red", sizes: [1], "logo-url": null });
const sizes: readonly number[] = theme.sizes;
const most: number | null | undefined = theme.limits?.most;
const settings: FeatureValues["settings"] = value("settings", { anything: [1] });
const body: { flags: FeatureFlags } = { flags: { knowledgeBaseEnabled: true, apiWebhooksEnabled: false } };
export { keys, on, flows, tone, days, greeting, sizes, most, settings, body };
`

// wrong are programs that must not compile, with what the compiler says of each.
var wrong = map[string]struct{ text, complaint string }{
	"a wrong key":          {`flags.hasFeature("knowledge_bas");`, `"knowledge_bas"`},
	"a retired key":        {`flags.hasFeature("retired");`, `"retired"`},
	"a wrong flag name":    {`flags.hasFeature("knowledgeBaseOn");`, `"knowledgeBaseOn"`},
	"a flag of a number":   {`flags.hasFeature("limitsMaxFlowsEnabled");`, `"limitsMaxFlowsEnabled"`},
	"a wrong key's value":  {`flags.value("limits.flows", 3);`, `"limits.flows"`},
	"a wrong value type":   {`flags.value("limits.max_flows", "three");`, `'number'`},
	"a value of no choice": {`flags.value("assistant.tone", "rude");`, `"rude"`},
	"a use as another":     {`export const flows: string = flags.value("limits.max_flows", 3);`, `'string'`},
	"a member left out":    {`flags.value("theme", { accent: "red" });`, `sizes`},
	"a wrong flag":         {`export const wrong: FeatureFlags = { knowledgeBaseEnabled: true, apiWebhooksEnabled: true, other: true };`, `other`},
}

func TestDeclarationsKeepPortalsRight(t *testing.T) {
	t.Parallel()
	programs := map[string]string{"right.ts": right}
	for name, c := range wrong {
		programs[fileOf(name)] = c.text
	}
	complaints := compile(t, programs)
	if got := complaints["right.ts"]; got != nil {
		t.Errorf("the right program does not compile: %s", got)
	}
	for name, c := range wrong {
		if got := complaints[fileOf(name)]; len(got) != 1 || !strings.Contains(got[0], c.complaint) {
			t.Errorf("%s: the compiler says %q, want %s", name, got, c.complaint)
		}
		delete(complaints, fileOf(name))
	}
	if delete(complaints, "right.ts"); len(complaints) > 0 {
		t.Errorf("the compiler complains of other files too: %v", complaints)
	}
}

// fileOf is the file of a wrong program.
func fileOf(name string) string {
	return strings.NewReplacer(" ", "_", "'", "").Replace(name) + ".ts"
}

// compile has tsc check programs beside the declarations and the client library's own, and gives what it says of each
// file.
func compile(t *testing.T, programs map[string]string) map[string][]string {
	t.Helper()
	dir := t.TempDir()
	library, err := os.ReadFile("../static/portal.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"flagstone-types.d.ts": typescript.Declarations(registry()), "portal.d.ts": string(library),
		"tsconfig.json": `{"compilerOptions": {"strict": true, "noEmit": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
			"lib": ["es2022", "dom"], "types": [], "exactOptionalPropertyTypes": true}, "include": ["*.ts"]}`,
	}
	for name, text := range programs {
		files[name] = begin + text
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tsc, err := filepath.Abs("../node_modules/.bin/tsc")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), tsc, "--project", ".")
	command.Dir = dir
	out, err := command.CombinedOutput() // which has failed, as it shall
	complaints := make(map[string][]string)
	for complaint := range strings.SplitSeq(string(out), "\n") {
		file, text, found := strings.Cut(complaint, "(")
		if found && strings.Contains(complaint, "error TS") {
			complaints[file] = append(complaints[file], text)
		}
	}
	if len(complaints) == 0 {
		t.Fatalf("tsc says nothing of the programs: %v\n%s", err, out)
	}
	return complaints
}
