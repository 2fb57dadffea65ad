// An invoice's PDF of 40 and of 5,000 lines, beside pdfkit's own bare table of as many rows, each in a process of its own.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PDFDocument } from 'pdfkit';
import { cents, nanos } from '../domain/money';
import type { DocumentUsageLine, InvoiceDocument } from '../gateways/pdf/document';
import { pdfRenderer } from '../gateways/pdf/render';

type Kind = 'invoice' | 'bare';
type Figures = {
  readonly cpuMs: number;
  readonly blockedMs: number;
  readonly megabytes: number;
  readonly bytes: number;
};

const limits = [
  { lines: 40, times: 60, asked: 'at most 60 ms of CPU' },
  { lines: 5000, times: 1, asked: 'at most 5 s and 300 MB' },
] as const;

/** Prints CPU time, the longest time that the event loop was held up, and the process's peak of memory. */
export async function pdf(): Promise<void> {
  for (const { lines, times, asked } of limits) {
    console.log(`pdf: ${lines} lines (asked: ${asked})`);
    const invoice = await apart('invoice', { lines, times });
    const bare = await apart('bare', { lines, times });
    console.log(`  invoice: ${shown(invoice)}, event loop held up for at most ${invoice.blockedMs.toFixed(0)} ms`);
    console.log(`  pdfkit's bare table: ${shown(bare)}; ratio ${(invoice.cpuMs / bare.cpuMs).toFixed(1)}`);
  }
}

function shown({ cpuMs, megabytes, bytes }: Figures): string {
  return `${cpuMs.toFixed(1)} ms of CPU, peak ${megabytes.toFixed(0)} MB, a file of ${(bytes / 1000).toFixed(0)} kB`;
}

async function apart(kind: Kind, { lines, times }: { lines: number; times: number }): Promise<Figures> {
  const { stdout } = await promisify(execFile)(process.execPath, [__filename, kind, String(lines), String(times)]);
  return JSON.parse(stdout) as Figures;
}

/** The median of the later half of `times` renderings, after two small ones that open the fonts. */
async function measured(kind: Kind, { lines, times }: { lines: number; times: number }): Promise<Figures> {
  const renderer = pdfRenderer({});
  const render = (count: number) => (kind === 'bare' ? bareTable(count) : renderer.render(invoiceOf(count)));
  for (let warm = 0; warm < 2; warm++) await render(20);
  const runs: Figures[] = [];
  for (let time = 0; time < times; time++) runs.push(await once(() => render(lines)));
  const later = runs.slice(Math.floor(times / 2)).sort((one, other) => one.cpuMs - other.cpuMs);
  const median = later[Math.floor(later.length / 2)];
  if (median === undefined) throw new Error(`expected at least one time, came ${times}`);
  return median;
}

async function once(render: () => Promise<Uint8Array>): Promise<Figures> {
  const before = process.cpuUsage();
  const watch = watchLoop();
  const bytes = await render();
  const blockedMs = watch();
  const { user, system } = process.cpuUsage(before);
  const megabytes = process.resourceUsage().maxRSS / 1000;
  return { cpuMs: (user + system) / 1000, blockedMs, megabytes, bytes: bytes.length };
}

/** Starts to watch the event loop; what it answers tells how long the longest turn took. */
function watchLoop(): () => number {
  let [last, longest, on] = [performance.now(), 0, true];
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    // A pause, as a loop that never rests would count as CPU of the rendering.
    if (on) setTimeout(turn, 1);
  };
  turn();
  return () => {
    on = false;
    return Math.max(longest, performance.now() - last);
  };
}

function invoiceOf(count: number): InvoiceDocument {
  const lines = Array.from({ length: count }, (_, at) => lineOf(at));
  const total = cents(lines.reduce((sum, { amountCents }) => sum + amountCents, 0n));
  const nothing = cents(0n);
  return {
    kind: 'invoice',
    status: 'issued',
    number: 'bench-0001',
    issuedAtMs: Date.UTC(2025, 1, 1),
    periods: ['2025-01'],
    seller: { name: 'Seller', addressLines: ['Street 1', 'Town'], taxIds: ['VAT 1'], footer: 'Registered in Town' },
    buyer: { name: 'Buyer', emails: ['buyer@example.com'] },
    usage: [{ month: '2025-01', late: false, lines }],
    discounts: [],
    credits: [],
    minutesMean: 'A minute is billed when a replica spent any part of it in a billable phase.',
    subtotalCents: total,
    totalCents: total,
    paidCents: nothing,
    returnedCents: nothing,
    refundedCents: nothing,
    creditedCents: nothing,
    writtenOffCents: nothing,
    remainingCents: total,
    toRefundCents: nothing,
    payment: 'Charged to the card ending in 4242.',
  };
}

function lineOf(at: number): DocumentUsageLine {
  return {
    model: `model-${at}`,
    version: `v${at % 7}`,
    instanceType: 'A10Gx4x16',
    minutes: (at * 37) % 44_640,
    priceNanos: nanos(20_120_000n + BigInt(at) * 1_000n),
    amountCents: cents(BigInt(at) * 131n),
  };
}

function bareTable(count: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const document = new PDFDocument({ size: 'A4', margin: 50 });
    const chunks: Uint8Array[] = [];
    document.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    document.once('end', () => resolve(Buffer.concat(chunks))).once('error', reject);
    const rows = Array.from({ length: count }, (_, at) => {
      const { model, version, instanceType, minutes, priceNanos, amountCents } = lineOf(at);
      return [model, version, instanceType, String(minutes), String(priceNanos), String(amountCents)];
    });
    document.fontSize(9).table({ data: rows });
    document.end();
  });
}

if (require.main === module) {
  const [kind, lines, times] = process.argv.slice(2);
  void measured(kind === 'bare' ? 'bare' : 'invoice', { lines: Number(lines), times: Number(times) }).then((figures) =>
    console.log(JSON.stringify(figures)),
  );
}
