// Temporal refuses a workflow whose search attributes it does not know, so they are defined before anything is started.

import type { Client, Connection } from '@temporalio/client';
import type { Logger } from '../runtime/logging';
import { searchAttributes } from '../workflows/search-attributes';

type Attribute = (typeof searchAttributes)[keyof typeof searchAttributes];

// temporal.api.enums.v1.IndexedValueType, for which the SDK exports no enum, and the CLI's words for the same.
const types = {
  KEYWORD: { number: 2, word: 'Keyword' },
  INT: { number: 3, word: 'Int' },
  DATETIME: { number: 6, word: 'Datetime' },
} as const;

/** Defines what is missing. Where that is left to operators, it logs the commands for them and carries on. */
export async function ensureSearchAttributes(client: Client, log: Logger): Promise<void> {
  const { namespace } = client.options;
  const { operatorService } = client.connection as Connection;
  let missing: readonly Attribute[] = Object.values(searchAttributes);
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    missing = missing.filter(({ name }) => !(name in customAttributes));
    if (missing.length === 0) return;
    const added = missing.map(({ name, type }) => [name, types[type].number]);
    await operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(added) });
    log.info({ added: missing.map(({ name }) => name) }, 'search attributes defined');
  } catch (error) {
    const run = missing.map(({ name, type }) => createCommand({ namespace, name, type: types[type].word }));
    log.error({ err: error, run }, 'search attributes could not be defined: workflows are refused until somebody does');
  }
}

function createCommand(of: { readonly namespace: string; readonly name: string; readonly type: string }): string {
  return `temporal operator search-attribute create --namespace ${of.namespace} --name ${of.name} --type ${of.type}`;
}
