// Up to when a source has reported everything: said only when everything that was added before is stored.

import { ProblemError } from '../problem';

type Mark = {
  /** How many reports were added before it. */
  readonly through: number;
  readonly atMs: number;
  readonly said: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (why: unknown) => void;
};

/** Stores a mark; rejects with a ProblemError where it is refused, with anything else where it will not be stored. */
type Store = (atMs: number) => Promise<void>;

export class Marks {
  readonly #store: Store;
  #waiting: Mark[] = [];
  #storedThrough = 0;
  #isSending = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves when the mark is stored, or a later one. */
  add({ through, atMs }: Pick<Mark, 'through' | 'atMs'>): Promise<void> {
    const last = this.#waiting.at(-1);
    // Between two marks nothing was added: the later one says it all, so that hours of an outage are one mark.
    if (last?.through === through && !this.#isSending) {
      if (atMs > last.atMs) this.#waiting[this.#waiting.length - 1] = { ...last, atMs };
      return last.said;
    }
    let resolve: Mark['resolve'] = () => undefined;
    let reject: Mark['reject'] = () => undefined;
    const said = new Promise<void>((done, failed) => {
      resolve = done;
      reject = failed;
    });
    this.#waiting.push({ through, atMs, said, resolve, reject });
    this.#sendReached();
    return said;
  }

  /** So many reports of those that were added, from the first on, are stored or handed back. */
  reach(through: number): void {
    this.#storedThrough = through;
    this.#sendReached();
  }

  /** Resolves when every mark that was added by now is stored or refused. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#waiting.map(({ said }) => said));
  }

  end(why: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(why);
  }

  #sendReached(): void {
    if (this.#isSending || !this.#waiting.some(({ through }) => through <= this.#storedThrough)) return;
    this.#isSending = true;
    void this.#send().finally(() => {
      this.#isSending = false;
      this.#sendReached();
    });
  }

  // The latest of those that may be said says the others, too; one that is refused says nothing of them.
  async #send(): Promise<void> {
    const reached = this.#waiting.filter(({ through }) => through <= this.#storedThrough);
    const latest = reached.reduce((one, other) => (other.atMs > one.atMs ? other : one));
    try {
      await this.#store(latest.atMs);
      this.#settle(reached, ({ resolve }) => resolve());
    } catch (error) {
      this.#settle(error instanceof ProblemError ? [latest] : reached, ({ reject }) => reject(error));
    }
  }

  #settle(marks: readonly Mark[], how: (mark: Mark) => void): void {
    const done = new Set(marks);
    this.#waiting = this.#waiting.filter((mark) => !done.has(mark));
    for (const mark of marks) how(mark);
  }
}
