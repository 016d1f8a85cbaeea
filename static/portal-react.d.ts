/** Types of portal-react.js, Flagstone's React hook. Needs React 18 or newer. */

import type { FeatureFlags, FlagsState } from "./portal.js";
import type { DetailedHTMLProps, HTMLAttributes, useSyncExternalStore } from "react";

/**
 * Makes the hook `useFeatureFlags`, which answers what is known and renders again when that changes.
 *
 * @param react React, or as much of it as the hook needs.
 * @param flags The connection to follow. Default: the one of this page.
 */
export function createUseFeatureFlags(
  react: { useSyncExternalStore: typeof useSyncExternalStore },
  flags?: FeatureFlags,
): () => FlagsState;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "feature-gate": DetailedHTMLProps<HTMLAttributes<HTMLElement>, HTMLElement> &
        ({ feature: string } | { model: string } | { component: string });
    }
  }
}
