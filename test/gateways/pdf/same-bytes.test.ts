// The same facts are the same bytes: again, after other documents, in another process and another time zone. And a large
// document lets others have the event loop.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { serialize } from 'node:v8';
import { cents } from '../../../domain/money';
import type { BillingDocument } from '../../../gateways/pdf/document';
import { pdfRenderer } from '../../../gateways/pdf/render';
import { creditNote, invoice, manyLines, usageLine } from './documents';

const names = ['شركة النور ٣', 'שלום (v2)', 'non\u00a0breaking space', 'plain', 'é ẹ́ 日本'];
const mixed = invoice({
  usage: [{ month: '2025-01', late: false, lines: names.map((model) => usageLine({ model })) }],
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('twice the same, whatever came between', async () => {
  const renderer = pdfRenderer({});
  const first = await renderer.render(mixed);
  await renderer.render(creditNote({ reason: 'another\u00a0text: نور é' }));
  expect(sha256(await renderer.render(mixed))).toBe(sha256(first));
  expect(sha256(await pdfRenderer({}).render(mixed))).toBe(sha256(first));
});

test('two at the same time do not get in each other’s way', async () => {
  const renderer = pdfRenderer({});
  const long = invoice({ usage: [{ month: '2025-01', late: false, lines: manyLines(400) }] });
  const alone = [await renderer.render(long), await renderer.render(mixed)].map(sha256);
  const together = await Promise.all([renderer.render(long), renderer.render(mixed)]);
  expect(together.map(sha256)).toEqual(alone);
});

test('the same in another process, half a day away, that has rendered other documents before', async () => {
  const built = path.resolve('dist/gateways/pdf/render.js');
  if (!existsSync(built)) throw new Error(`expected ${built}: run npm run build first`);
  const program = `
    const { pdfRenderer } = require(${JSON.stringify(built)});
    const { deserialize } = require('node:v8');
    const renderer = pdfRenderer({});
    (async () => {
      let bytes;
      for (const document of deserialize(require('node:fs').readFileSync(0))) bytes = await renderer.render(document);
      process.stdout.write(require('node:crypto').createHash('sha256').update(bytes).digest('hex'));
    })();`;
  const documents: BillingDocument[] = [creditNote({ reason: '\u00a0نور é' }), mixed];
  const there = execFileSync(process.execPath, ['-e', program], {
    input: serialize(documents),
    env: { ...process.env, TZ: 'Pacific/Kiritimati', LANG: 'ar_EG.UTF-8' },
  });
  expect(String(there)).toBe(sha256(await pdfRenderer({}).render(mixed)));
});

test('another fact gives other bytes', async () => {
  const renderer = pdfRenderer({});
  const first = sha256(await renderer.render(invoice()));
  expect(sha256(await renderer.render(invoice({ issuedAtMs: Date.UTC(2025, 1, 1, 0, 6) })))).not.toBe(first);
});

test('a document that does not add up is not made', async () => {
  const renderer = pdfRenderer({});
  await expect(renderer.render(invoice({ totalCents: cents(1n) }))).rejects.toThrow('acme-0001: lines of');
  await expect(renderer.render(creditNote({ amountCents: cents(1n) }))).rejects.toThrow('are the 1 credited');
});

test('other work goes on while a large document is rendered', async () => {
  const long = invoice({ usage: [{ month: '2025-01', late: false, lines: manyLines(1_500) }] });
  let [turns, on] = [0, true];
  const turn = () => {
    turns++;
    if (on) setImmediate(turn);
  };
  setImmediate(turn);
  await pdfRenderer({}).render(long);
  on = false;
  // Its half second and more of work comes in slices of 20 ms.
  expect(turns).toBeGreaterThan(15);
});
