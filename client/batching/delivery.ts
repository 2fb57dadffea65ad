// Batches to the API: tried for as long as it takes, unless one of their reports is to blame.

import type { Client } from '../http';
import { backoffMs, pause } from '../persevering';
import { ProblemError } from '../problem';
import type { Piece } from './piece';
import { type Verdict, verdictOf } from './verdict';

export type DeliveryOptions = {
  readonly client: Client;
  readonly source: string;
  /** Ends everything. */
  readonly signal: AbortSignal;
  readonly onRetry?: (failure: Error, waitMs: number) => void;
};

/** `broken`: it fails while others do not, and is one report alone. */
export type Sent = { readonly kind: 'stored' } | Exclude<Verdict, { kind: 'again' }> | { readonly kind: 'broken' };

// So often a batch fails with an error of the API's own before one of its reports is suspected.
const brokenTries = 3;
// And one that is suspected is tried ever more seldom, then each minute: many of them must not be a load of their own.
const suspectTries = 10;
const suspectMs = 60_000;

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #client: Client;
  #storedBatches = 0;
  #counts = { accepted: 0, quarantined: 0, ignored: 0 };

  constructor(options: DeliveryOptions) {
    this.#options = options;
    // Waiting is done here, where more is known than of one call.
    this.#client = options.client.with({ patienceMs: 0, signal: options.signal });
  }

  counts() {
    return this.#counts;
  }

  /** Resolves when the batch is stored, or it is known what keeps it from being. */
  async send(piece: Piece): Promise<Sent> {
    const storedBefore = this.#storedBatches;
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#try(piece);
      if (failure === undefined) return { kind: 'stored' };
      const verdict = verdictOf(failure, piece.count);
      if (verdict.kind !== 'again') return verdict;
      // Where others are stored meanwhile it is not the API as a whole that is broken.
      if (verdict.isBroken && attempt >= brokenTries && this.#storedBatches > storedBefore) {
        this.#options.onRetry?.(failure, 0);
        return piece.count > 1 ? { kind: 'split' } : { kind: 'broken' };
      }
      await this.#wait(failure, backoffMs(attempt));
    }
  }

  /** Tries a report that nothing but a mended API will take, for as long as it takes. */
  async sendAtLast(report: Piece): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#try(report);
      if (failure === undefined) return;
      await this.#wait(failure, attempt > suspectTries ? suspectMs : backoffMs(attempt));
    }
  }

  /** Resolves when the mark is stored. Throws a ProblemError where it is refused. */
  async storeMark(atMs: number): Promise<void> {
    const { source } = this.#options;
    const body = { source, completeThrough: new Date(atMs).toISOString(), reports: [] };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.recordUsage(body);
        return;
      } catch (error) {
        if (verdictOf(error, 1).kind !== 'again') throw error;
        await this.#wait(error as Error, backoffMs(attempt));
      }
    }
  }

  async #try({ text }: Piece): Promise<Error | undefined> {
    const body = `{"source":${JSON.stringify(this.#options.source)},"reports":[${text}]}`;
    try {
      const { accepted, quarantined, ignored } = await this.#client.recordUsage(body);
      this.#storedBatches++;
      const counts = this.#counts;
      this.#counts = {
        accepted: counts.accepted + accepted,
        quarantined: counts.quarantined + quarantined,
        ignored: counts.ignored + ignored,
      };
      return undefined;
    } catch (error) {
      // Ended: by who stops the batcher, or by the client's own signal.
      this.#options.signal.throwIfAborted();
      return error as Error;
    }
  }

  async #wait(failure: Error, usualMs: number): Promise<void> {
    const waitMs = (failure instanceof ProblemError ? failure.retryAfterMs : undefined) ?? usualMs;
    this.#options.onRetry?.(failure, waitMs);
    await pause(waitMs, this.#options.signal);
    this.#options.signal.throwIfAborted();
  }
}
