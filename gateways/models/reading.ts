// What a platform answers, read strictly: one that answers nonsense has not been understood, and is asked again.
import { isName } from '../../domain/ids';
import type { ListedModel, ModelState } from './models';

type Fault = { readonly fault: string };

/** One page of a workspace's models: `{items: [{model, state, stoppedBy?}], next?}`. */
export function modelPage(
  body: unknown,
): { readonly models: readonly ListedModel[]; readonly next: string | undefined } | Fault {
  if (!isObject(body) || !Array.isArray(body['items']))
    return { fault: `expected {items: [...]}, came ${shown(body)}` };
  const models: ListedModel[] = [];
  for (const [at, item] of body['items'].entries()) {
    const state = modelState(item);
    if ('fault' in state) return { fault: `items[${at}]: ${state.fault}` };
    const model = isObject(item) ? item['model'] : undefined;
    if (!isName(model)) return { fault: `items[${at}].model: expected a model's name, came ${shown(model)}` };
    models.push({ model, ...state.now });
  }
  const next = body['next'];
  if (next !== undefined && next !== null && typeof next !== 'string') return { fault: `next: came ${shown(next)}` };
  return { models, next: next || undefined };
}

/** How a model is after a command: `{state, stoppedBy?}`. */
export function commandAnswer(body: unknown): { readonly now: ModelState } | Fault {
  return modelState(body);
}

/** What a platform may say no with, as `code` of a problem document. */
export type PlatformProblem = 'workspace_not_found' | 'model_not_found' | 'superseded';

export function problemCode(body: unknown): unknown {
  return isObject(body) ? body['code'] : undefined;
}

function modelState(of: unknown): { readonly now: ModelState } | Fault {
  if (!isObject(of)) return { fault: `expected an object, came ${shown(of)}` };
  const { state, stoppedBy } = of;
  if (state === 'active') return { now: { state } };
  if (state !== 'stopped') return { fault: `state: expected active or stopped, came ${shown(state)}` };
  if (stoppedBy === 'billing' || stoppedBy === 'owner') return { now: { state, stoppedBy } };
  return { fault: `stoppedBy: expected billing or owner of a stopped model, came ${shown(stoppedBy)}` };
}

function isObject(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 100);
}
