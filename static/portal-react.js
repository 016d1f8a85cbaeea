/**
 * Flagstone's React hook. React itself is handed in, so the file needs no bundler and never brings a second React:
 *
 *   import * as React from "react";
 *   import { flags } from "./portal.js";
 *   import { createUseFeatureFlags } from "./portal-react.js";
 *
 *   flags.connect({ user: "42" });
 *   export const useFeatureFlags = createUseFeatureFlags(React);
 *
 * and in a component: const { hasFeature } = useFeatureFlags();
 */

import { FeatureFlags, flags as shared } from "./portal.js";

/** Makes the hook `useFeatureFlags`, which answers what is known and renders again when that changes. */
export function createUseFeatureFlags({ useSyncExternalStore }, flags = shared) {
  const subscribe = (changed) => flags.onChange(changed);
  const now = () => flags.state;
  const { state: unknown } = new FeatureFlags();
  return function useFeatureFlags() {
    return useSyncExternalStore(subscribe, now, () => unknown);
  };
}
