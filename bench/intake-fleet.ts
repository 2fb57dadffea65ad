// A fleet that reports each minute of each replica: texts and objects are made before, and only their minute is filled in.
import type { UsageReport } from '../contract/usage';
import { formatInstant, minuteMs } from '../domain/period';

export const reportsAChunk = 1_000;
/** So many batches are a minute of the whole fleet: 20,000 replicas, or BENCH_REPLICAS. */
export const chunks = Math.ceil(Number(process.env['BENCH_REPLICAS'] ?? 20_000) / reportsAChunk);
const chunksACall = 10;
export const reportsACall = chunksACall * reportsAChunk;

const [from, to] = ['@from', '@to'] as const;

export class Fleet {
  readonly workspaces = Array.from({ length: 1_000 }, (_, n) => `fleet-${String(n).padStart(4, '0')}`);
  readonly #reports = Array.from({ length: chunks }, (_, chunk) => this.#reportsOf(chunk));
  readonly #templates = this.#reports.map((reports) => reports.map((report) => JSON.stringify(report)).join('\n'));
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
    const { chunk, from, to } = this.#advance();
    return (this.#reports[chunk] ?? []).map((report) => ({ ...report, from, to }));
  }

  #filled(): string {
    const { chunk, ...minute } = this.#advance();
    return (this.#templates[chunk] ?? '').replaceAll(from, minute.from).replaceAll(to, minute.to);
  }

  #advance() {
    const at = this.#next++;
    const begin = Math.floor(this.beganMs / minuteMs) * minuteMs;
    const fromMs = begin + Math.floor(at / chunks) * minuteMs;
    return { chunk: at % chunks, from: formatInstant(fromMs), to: formatInstant(fromMs + minuteMs) };
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
        from,
        to,
      };
    });
  }
}
