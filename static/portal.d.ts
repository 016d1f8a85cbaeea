/** Types of portal.js, Flagstone's client for a portal. The guide is docs/portal.md. */

export interface ConnectOptions {
  /** Where Flagstone answers, e.g. `https://flags.example.com`. Default: the origin portal.js was loaded from. */
  url?: string;
  /** The slug of one of the user's accounts. Default: the first by name. */
  account?: string;
  /**
   * Any name for the signed-in person that is theirs alone, such as an id. Last known flags are kept only for a named
   * user, so that one person's features never show to the next.
   */
  user?: string | number;
  /** For how many milliseconds last known flags are kept in the browser. Default: a day; 0 keeps nothing. */
  ttl?: number;
  /** After how many milliseconds `ready` stops waiting for a first answer. Default: 5 seconds. */
  timeout?: number;
  /** How many milliseconds lie, at most, between two questions where streams do not get through. Default: 30 seconds. */
  poll?: number;
}

export interface Account {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  /** The key of the account's tier, where it has one. */
  readonly tier?: string | null;
}

export interface FeatureState {
  readonly enabled: boolean;
  /** There only while the feature is on, and only for features that are more than on or off. */
  readonly value?: unknown;
  /** The key of the variant chosen, where one was: whether the feature is on or not. */
  readonly variant?: string;
}

/** What can be read, without a `this`: destructure at will. */
export interface FlagsReader {
  /** Whether a feature is on, by its key (`knowledge_base`) or its flag name (`knowledgeBaseEnabled`). */
  readonly hasFeature: (name: string) => boolean;
  /** Whether the account may use a model, named `provider/id`: in use, and its feature on. */
  readonly hasModel: (name: string) => boolean;
  /** Whether the account may use a component, by its key: in use, and every feature that it needs on. */
  readonly hasComponent: (key: string) => boolean;
  readonly value: ValueOf;
  /** What went wrong with the latest question, or null. Features keep their last known state meanwhile. */
  readonly error: FlagstoneError | null;
  /** The account that was answered for; null while unknown, and for a user without one. */
  readonly account: Account | null;
  /** Grows with every change that concerns the account. */
  readonly revision: number;
}

/**
 * The value of a feature that is on, where it is of the fallback's type; the fallback otherwise. The value of a boolean
 * feature is whether it is on.
 */
export interface ValueOf {
  (name: string, fallback: boolean): boolean;
  (name: string, fallback: number): number;
  (name: string, fallback: string): string;
  <T extends object>(name: string, fallback: T): T;
  (name: string, fallback?: null): unknown;
}

/** What an account may ask for, and what has become of what it asked for. */
export interface Upgrades {
  /** What the account's tier offers more of, but for what it has asked for and waits for. */
  readonly available: readonly UpgradeOffer[];
  /** Newest first. */
  readonly requests: readonly UpgradeRequest[];
}

export interface UpgradeOffer {
  /** The feature's key. */
  readonly feature: string;
  readonly name: string;
  readonly enabled: boolean;
  /** What the account has now; there only while the feature is on, and only for features that are more than on or off. */
  readonly value?: unknown;
}

export interface UpgradeRequest {
  readonly id: number;
  /** The feature's key. */
  readonly feature: string;
  readonly name: string;
  readonly message: string;
  readonly status: "pending" | "approved" | "rejected" | "withdrawn";
  /** Of whoever answered; may be empty. */
  readonly note: string;
  readonly asked_by: string;
  /** RFC 3339, UTC. */
  readonly asked_at: string;
  readonly decided_at: string | null;
}

/** What is known at one moment. Frozen: a change makes a new one. */
export interface FlagsState extends FlagsReader {
  /** Whether the first question has been settled, by an answer or by failing. */
  readonly ready: boolean;
  /** Every active feature by its key. */
  readonly features: Readonly<Record<string, FeatureState>>;
  /** Whether it is settled which models or components the account may use. */
  readonly listed: (list: "models" | "components") => boolean;
}

/** The features of one account, asked for once and then followed. Most pages need only the shared one, `flags`. */
export class FeatureFlags implements FlagsReader {
  /** Connects, or connects anew after a sign-in or for another account; what was known before is gone at once. */
  connect(options?: ConnectOptions): this;
  /** Stops asking; what is known stays. */
  close(): void;
  /** Ends the session and forgets everything. Resolves to whether the server could be told; never rejects. */
  signOut(): Promise<boolean>;
  /** What the account may ask for, and what has become of what it asked for. Rejects with a `FlagstoneError`. */
  upgrades(): Promise<Upgrades>;
  /**
   * Asks for an upgrade of a feature, by its key, with a message of at most 500 characters for whoever answers. It
   * switches nothing on by itself. Rejects with a `FlagstoneError` that says why, such as that one is waiting already.
   */
  requestUpgrade(feature: string, message?: string): Promise<UpgradeRequest>;
  /** Takes a request back that has not been answered, by its id. Rejects with a `FlagstoneError`. */
  withdrawUpgrade(id: number): Promise<void>;
  /** Calls `listener` after every change of what is known or of `error`. Answers the function that ends this. */
  readonly onChange: (listener: (flags: this) => void) => () => void;
  /** Resolves once features are known, the first question failed or `timeout` has passed; never rejects. */
  get ready(): Promise<this>;
  get state(): FlagsState;
  readonly hasFeature: FlagsReader["hasFeature"];
  readonly hasModel: FlagsReader["hasModel"];
  readonly hasComponent: FlagsReader["hasComponent"];
  readonly value: ValueOf;
  get error(): FlagstoneError | null;
  get account(): Account | null;
  get revision(): number;
}

/** The connection of this page, which `<feature-gate>` and the React hook follow. */
export const flags: FeatureFlags;

export class FlagstoneError extends Error {
  constructor(message: string, options?: { status?: number; retryAfter?: number; cause?: unknown });
  /** The HTTP status, or 0 where no answer came. */
  readonly status: number;
  /** For how many milliseconds the server asked to be left unchanged. */
  readonly retryAfter: number;
  /** Whether asking again cannot help: nobody is signed in (401), or the account is not theirs (403). */
  get final(): boolean;
}

/**
 * `<feature-gate feature="knowledge_base">` shows its content while the feature is on, what has `slot="fallback"`
 * while it is off, and what has `slot="pending"`, if anything, until that is known. `model="provider/id"` and
 * `component="key"` gate by what the account may use.
 */
export class FeatureGate extends HTMLElement {
  feature: string;
  model: string;
  component: string;
  get state(): "on" | "off" | "pending";
}

declare global {
  interface HTMLElementTagNameMap {
    "feature-gate": FeatureGate;
  }
}
