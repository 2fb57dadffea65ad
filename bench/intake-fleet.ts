// A fleet that reports each minute of each replica: bodies are made before, and only their minute is filled in.
import type { UsageReport as Wire } from '../contract/usage';
import { formatInstant, minuteMs } from '../domain/period';
import type { UsageReport } from '../domain/usage';

export const reportsAChunk = 1_000;
/** So many batches are a minute of the whole fleet. */
export const chunks = 20;
const chunksACall = 10;
export const reportsACall = chunksACall * reportsAChunk;

const [from, to] = ['@from', '@to'] as const;

export class Fleet {
  readonly workspaces = Array.from({ length: 1_000 }, (_, n) => `fleet-${String(n).padStart(4, '0')}`);
  readonly #templates = Array.from({ length: chunks }, (_, chunk) =>
    this.#reportsOf(chunk)
      .map((report) => JSON.stringify({ ...report, from, to }))
      .join('\n'),
  );
  readonly #reports = Array.from({ length: chunks }, (_, chunk) => this.#reportsOf(chunk));
  #next = 0;

  constructor(readonly beganMs: number) {}

  /** A batch of the next thousand replicas, in the next minute once all have reported. */
  nextJson(): { readonly body: string; readonly reports: number } {
    return {
      body: `{"source":"bench","reports":[${this.#filled().replaceAll('\n', ',')}]}`,
      reports: reportsAChunk,
    };
  }

  /** Ten of these, a line a report. */
  nextLines(): { readonly body: string; readonly reports: number } {
    const lines = Array.from({ length: chunksACall }, () => this.#filled());
    return { body: ['{"source":"bench"}', ...lines].join('\n'), reports: reportsACall };
  }

  /** The same as single reports. */
  nextReports(): readonly UsageReport[] {
    const { fromMs, chunk } = this.#advance();
    return (this.#reports[chunk] ?? []).map((report) => ({ ...report, fromMs, toMs: fromMs + minuteMs }));
  }

  onTheWire({ fromMs, toMs, ...report }: UsageReport): Wire {
    return { ...report, from: formatInstant(fromMs), to: formatInstant(toMs) };
  }

  #filled(): string {
    const { fromMs, chunk } = this.#advance();
    return (this.#templates[chunk] ?? '')
      .replaceAll(from, formatInstant(fromMs))
      .replaceAll(to, formatInstant(fromMs + minuteMs));
  }

  #advance() {
    const at = this.#next++;
    const begin = Math.floor(this.beganMs / minuteMs) * minuteMs;
    return { chunk: at % chunks, fromMs: begin + Math.floor(at / chunks) * minuteMs };
  }

  #reportsOf(chunk: number) {
    return Array.from({ length: reportsAChunk }, (_, n) => {
      const replica = chunk * reportsAChunk + n;
      return {
        workspace: this.workspaces[replica % this.workspaces.length] ?? '',
        model: `chat-${replica % 3}`,
        version: 'v1',
        replica: `replica-${replica}`,
        instanceType: 'A10Gx4x16',
        phase: 'serving' as const,
      };
    });
  }
}
