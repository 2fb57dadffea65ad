// A real Chromium for whoever looks at the billing page by program: the page's tests and its benchmark.
import { existsSync } from 'node:fs';
import path from 'node:path';
import packaged from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

// Without the sandbox, as root has none. Nothing is switched off that a customer's browser would hold us to.
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic'];

/** Starts the one that CHROMIUM_PATH names, else the one inside an npm package. Throws what is missing and what to do. */
export async function launchChromium(): Promise<Browser> {
  const options = { executablePath: await locate(), args, headless: true };
  try {
    return await chromium.launch(options);
  } catch (error) {
    if (process.env['CHROMIUM_PATH']) throw error;
    // Most often a machine without the libraries that Chromium wants. The package has copies, for Lambda alone.
    return chromium.launch({ ...options, env: { ...process.env, LD_LIBRARY_PATH: await libraries() } });
  }
}

async function locate(): Promise<string> {
  const named = process.env['CHROMIUM_PATH'];
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM_PATH names ${named}, which is not there: set it to a Chromium, or leave it out`);
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`no Chromium for ${process.platform} on ${process.arch}: set CHROMIUM_PATH to one`);
  }
  return packaged.executablePath();
}

async function libraries(): Promise<string> {
  const entry = require.resolve('@sparticuz/chromium');
  const { inflate } = require(path.join(path.dirname(entry), 'lambdafs.cjs'));
  const unpacked = await inflate(path.join(path.dirname(entry), '..', '..', 'bin', 'al2023.tar.br'));
  return path.join(unpacked, 'lib');
}
