// Prints what Redocly's recommended rules find in the OpenAPI document on its standard input. A program of its own, as the
// package is an ES module, which the tests' runner cannot load.
import { text } from 'node:stream/consumers';
import { createConfig, lintFromString } from '@redocly/openapi-core';

const config = await createConfig({ extends: ['recommended'] });
const found = await lintFromString({ source: await text(process.stdin), absoluteRef: '/openapi.json', config });
for (const { severity, ruleId, message, location } of found) {
  console.log(`${severity} ${ruleId} ${location[0]?.pointer}: ${message}`);
}
