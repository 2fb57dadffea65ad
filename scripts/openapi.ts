// `npm run openapi`: writes docs/openapi.json, docs/problems.md and docs/llms.txt from the code. Needs no database.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildApp } from '../api/app';
import { llmsPage } from '../contract/llms-page';
import { problemsPage } from '../contract/problems-page';
import { pdfRenderer } from '../gateways/pdf/render';
import { readConfig } from '../runtime/config';
import { createConnections } from '../runtime/connections';
import { createLog } from '../runtime/logging';

const docs = path.resolve(__dirname, __dirname.includes(`${path.sep}dist${path.sep}`) ? '../..' : '..', 'docs');

async function main(): Promise<void> {
  // Nothing connects: the document follows from the routes alone.
  const config = readConfig({
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    SELLER_NAME: 'nobody',
    SELLER_ADDRESS: 'nowhere',
    LOG_LEVEL: 'silent',
  });
  const connections = createConnections(config, { process: 'api' });
  const app = await buildApp({
    ...connections,
    bodyLimitBytes: config.bodyLimitBytes,
    pdf: pdfRenderer({}),
    log: createLog(config, 'api'),
  });
  const { body } = await app.inject('/openapi.json');
  writeFileSync(path.join(docs, 'openapi.json'), `${JSON.stringify(JSON.parse(body), null, 2)}\n`);
  writeFileSync(path.join(docs, 'problems.md'), problemsPage());
  writeFileSync(path.join(docs, 'llms.txt'), llmsPage({ docs: '', root: '', client: '../client/README.md' }));
  await app.close();
  await connections.close();
  console.log(
    `written: ${['openapi.json', 'problems.md', 'llms.txt'].map((file) => path.join(docs, file)).join(', ')}`,
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
