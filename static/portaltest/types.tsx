/** Compiled, never run: what the declarations must allow, and (under ts-expect-error) what they must refuse. */

import * as React from "react";
import { FeatureFlags, FeatureGate, FlagstoneError, flags, type Account, type FlagsState } from "../portal.js";
import { createUseFeatureFlags } from "../portal-react.js";

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<A, B>(_: Is<A, B>): void {}

flags.connect();
flags.connect({ url: "https://flags.example.com", account: "arizona-comedy", user: 42, ttl: 60_000, timeout: 1, poll: 1 });
const other: FeatureFlags = new FeatureFlags().connect({ user: "lena" });
// @ts-expect-error a misspelt option
flags.connect({ acount: "arizona-comedy" });

const on = flags.hasFeature("knowledge_base");
is<typeof on, boolean>(true);
const most = flags.value("limits.max_flows", 3);
is<typeof most, number>(true);
const tone = flags.value("assistant.tone", "plain");
is<typeof tone, string>(true);
const limits = flags.value("limits", { flows: 1 });
is<typeof limits, { flows: number }>(true);
const anything = flags.value("limits");
is<typeof anything, unknown>(true);
const mayUse = flags.hasModel("openai/gpt-4o") || flags.state.hasComponent("stores.chroma");
is<typeof mayUse, boolean>(true);
const listed = flags.state.listed("models");
is<typeof listed, boolean>(true);
// @ts-expect-error there is no such list
flags.state.listed("features");
// @ts-expect-error a feature has a name
flags.hasFeature(7);

const leave = flags.onChange((changed) => changed.hasFeature("knowledge_base"));
is<typeof leave, () => void>(true);
const ready = await other.ready;
is<typeof ready, FeatureFlags>(true);
const signedOut = await flags.signOut();
is<typeof signedOut, boolean>(true);
flags.close();

const account = flags.account;
is<typeof account, Account | null>(true);
const status = flags.error?.status;
is<typeof status, number | undefined>(true);
const problem: Error = new FlagstoneError("Nobody is signed in", { status: 401 });
const knowledge = flags.state.features["knowledge_base"]?.enabled;
is<typeof knowledge, boolean | undefined>(true);
// @ts-expect-error no portal can change a flag
flags.state.features["knowledge_base"] = { enabled: true };
// @ts-expect-error nor can it here
flags.hasFeature = () => true;

const { available, requests } = await flags.upgrades();
is<(typeof requests)[number]["status"], "pending" | "approved" | "rejected" | "withdrawn">(true);
const request = await flags.requestUpgrade(available[0]?.feature ?? "api.webhooks", "Please");
await flags.withdrawUpgrade(request.id);
// @ts-expect-error nobody approves from a portal
request.status = "approved";

const gate = document.createElement("feature-gate");
is<typeof gate, FeatureGate>(true);
gate.feature = "knowledge_base";
gate.model = "openai/gpt-4o";
const shown = gate.state;
is<typeof shown, "on" | "off" | "pending">(true);

const useFeatureFlags = createUseFeatureFlags(React);
createUseFeatureFlags({ useSyncExternalStore: React.useSyncExternalStore }, other);

export function Menu() {
  const known = useFeatureFlags();
  is<typeof known, FlagsState>(true);
  const { hasFeature, value, ready, error } = known;
  is<(typeof known.features)[string]["variant"], string | undefined>(true);
  if (!ready) return null;
  return (
    <feature-gate feature="knowledge_base" className="menu">
      {hasFeature("knowledge_base") && <a href="/kb">Knowledge Base, {value("limits.max_articles", 10)}</a>}
      <span slot="fallback">{(error ?? problem).message}</span>
    </feature-gate>
  );
}

export const gpt = <feature-gate model="openai/gpt-4o">GPT-4o</feature-gate>;
// @ts-expect-error a gate without a feature
export const aimless = <feature-gate>nothing</feature-gate>;
