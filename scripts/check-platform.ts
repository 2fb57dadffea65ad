// `npm run check-platform -- URL WORKSPACE MODEL`: whether a platform keeps the contract of docs/platform-openapi.json. It stops
// and starts the model that is named, so that it should be one made for this; it is left as it was found.

import { checkPlatform } from '../gateways/models/conformance';
import { keyOf } from '../gateways/models/signature';

const usage = `PLATFORM_SECRET=whsec_… npm run check-platform -- URL WORKSPACE MODEL
  URL        where the platform takes billing's calls, as PLATFORM_URL
  WORKSPACE  a workspace of the platform
  MODEL      an active model of it: it is stopped and started again`;

async function main(): Promise<void> {
  const [url, workspace, model] = process.argv.slice(2);
  const key = keyOf(process.env['PLATFORM_SECRET'] ?? '');
  if (!url || !URL.canParse(url) || !workspace || !model) throw new Error(usage);
  if (key === undefined) throw new Error('PLATFORM_SECRET must be whsec_ and 24 to 64 bytes in base64');
  let failed = 0;
  for await (const { what, fault } of checkPlatform({ url: url.replace(/\/+$/, ''), key, workspace, model })) {
    console.log(fault === undefined ? `ok    ${what}` : `FAIL  ${what}\n      ${fault}`);
    if (fault !== undefined) failed++;
  }
  console.log(failed === 0 ? '\nthe platform keeps the contract' : `\n${failed} of the checks failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
});
