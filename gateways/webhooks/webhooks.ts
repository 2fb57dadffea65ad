// The port to the endpoints that platforms name: telling one of an event, and what may become of that.

export type Telling = {
  readonly url: string;
  /** The event's id: the same each time, so that a receiver knows it again. */
  readonly id: string;
  readonly body: string;
  /** What it is signed with; several while one takes the place of another. */
  readonly keys: readonly Buffer[];
};

export type TellingOutcome =
  | { readonly kind: 'delivered'; readonly status: number }
  /** 410: nothing more is wanted there. */
  | { readonly kind: 'gone'; readonly status: number; readonly why: string }
  /** To be tried again. `why` is short, and may hold the beginning of what was answered. */
  | {
      readonly kind: 'failed';
      readonly status: number | null;
      readonly why: string;
      /** What 429 and 503 ask for. */
      readonly retryAfterMs: number | null;
    };

export interface Webhooks {
  /** What is wrong with the address of an endpoint, as far as that shows without asking anybody; undefined where nothing is. */
  faultOf(url: string): string | undefined;
  /** Never throws for what the endpoint does or does not do, and ends within seconds. Redirects are not followed. */
  tell(telling: Telling): Promise<TellingOutcome>;
}
