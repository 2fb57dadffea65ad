// A real Chromium, driven from a process of its own: jest gives its tests globals of another realm, in which playwright's checks
// fail. Reads calls as lines of JSON, answers each with a line. `node driver.cjs --look` only says whether there is a browser.

const { readFileSync } = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { launchChromium } = require(path.resolve(__dirname, '..', '..', '..', 'dist', 'sandbox', 'chromium.js'));

const pages = new Map();

const calls = {
  async open({ browser, options }) {
    const context = await browser.newContext({ locale: 'en-US', timezoneId: 'Pacific/Auckland', ...options });
    return addPage(context);
  },
  /** Another tab of the same browser. */
  async openBeside({ page }) {
    return addPage(pages.get(page).context());
  },
  async run({ page, chain }) {
    let [on, value] = [undefined, pages.get(page)];
    for (const { get, call } of chain) {
      if (get !== undefined) [on, value] = [value, value[get]];
      else [on, value] = [undefined, await value.apply(on, call.map(decoded))];
    }
    return value;
  },
  /** What went wrong on the page since it was asked last. */
  async faults({ page }) {
    return pages.get(page).faults.splice(0);
  },
  /** What axe-core finds, a line for each. Run from outside the page, whose policy lets no other script in. */
  async check({ page, rules }) {
    const target = pages.get(page);
    await target.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
    const { violations } = await target.evaluate((tags) => window.axe.run({ runOnly: tags }), rules);
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target: at }) => `${id}: ${help}: ${at.join(' ')}`),
    );
  },
  async close({ page }) {
    await pages.get(page).context().close();
    pages.delete(page);
  },
};

async function addPage(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(`error: ${error.message}`));
  // Of what could not be loaded the status says more.
  page.on('console', (message) => {
    const isOfLoading = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isOfLoading) page.faults.push(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) page.faults.push(`${response.status()} ${new URL(response.url()).pathname}`);
  });
  const id = pages.size + 1;
  pages.set(id, page);
  return id;
}

function decoded(sent) {
  if (sent === null || typeof sent !== 'object') return sent;
  if (typeof sent.source === 'string') return new Function(`return (${sent.source})`)();
  if (typeof sent.pattern === 'string') return new RegExp(sent.pattern, sent.flags);
  if (Array.isArray(sent)) return sent.map(decoded);
  return Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, decoded(value)]));
}

// What is no value, such as a page or a response, stays here.
function encoded(value) {
  if (Buffer.isBuffer(value)) return { base64: value.toString('base64') };
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null');
  } catch {
    return null;
  }
}

async function serve() {
  const browser = await launchChromium();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { id, call, ...sent } = JSON.parse(line);
    calls[call]({ browser, ...sent }).then(
      (value) => process.stdout.write(`${JSON.stringify({ id, value: encoded(value) })}\n`),
      (error) => process.stdout.write(`${JSON.stringify({ id, error: error.message })}\n`),
    );
  }
  await browser.close();
}

const main = process.argv.includes('--look') ? launchChromium().then((browser) => browser.close()) : serve();
main.catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
