// What the platform takes from billing: the contract of docs/platform-openapi.json, as any platform would implement it.

import type { IncomingHttpHeaders } from 'node:http';
import { signatureFault } from '../../gateways/models/signature';
import { customers } from './fleet';
import type { Platform, RunningModel } from './platform';

export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

type Call = {
  readonly method: string;
  /** Decoded, after `/v1/`. */
  readonly path: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly key: Buffer;
  readonly nowMs: number;
};

export function billingAnswer(platform: Platform, call: Call): Answer {
  const { method, path, headers, body, key, nowMs } = call;
  const fault = signatureFault(key, headers, { body, nowMs });
  if (fault !== undefined) return refusal(401, 'unauthorized', fault);
  const [workspaces, workspace = '', models, model, verb, ...more] = path;
  if (workspaces !== 'workspaces' || models !== 'models' || more.length > 0) return noSuchCall(call);
  if (method === 'GET' && model === undefined) return list(platform, workspace, nowMs);
  if (method !== 'POST' || model === undefined) return noSuchCall(call);
  if (verb !== 'deactivate' && verb !== 'reactivate') return noSuchCall(call);
  return obey(platform, { workspace, model, verb }, { body, nowMs });
}

function list(platform: Platform, workspace: string, nowMs: number): Answer {
  if (!customers.some((customer) => customer.workspace === workspace)) {
    return refusal(404, 'workspace_not_found', 'there is no such workspace');
  }
  const items = platform.models(nowMs).filter((model) => model.workspace === workspace);
  return { status: 200, body: { items: items.map((item) => ({ model: item.model, ...stateOf(item) })) } };
}

function obey(
  platform: Platform,
  order: { readonly workspace: string; readonly model: string; readonly verb: 'deactivate' | 'reactivate' },
  { body, nowMs }: { readonly body: string; readonly nowMs: number },
): Answer {
  const generation = generationOf(body, order);
  if (generation === undefined) {
    return refusal(
      400,
      'invalid_request',
      'expected command, workspace and model as in the path, and a generation from 1',
    );
  }
  const outcome = platform.obey({ ...order, generation }, nowMs);
  if (outcome === undefined) return refusal(404, 'model_not_found', 'there is no such model');
  if (outcome === 'superseded') return refusal(409, 'superseded', 'a later command was carried out');
  return { status: 200, body: stateOf(outcome) };
}

// The body is what is signed: one that was signed for another model or command is refused.
function generationOf(
  text: string,
  order: { readonly workspace: string; readonly model: string; readonly verb: string },
): number | undefined {
  try {
    const body = JSON.parse(text) as { readonly [field: string]: unknown };
    const isSame =
      body['command'] === order.verb && body['workspace'] === order.workspace && body['model'] === order.model;
    const generation = body['generation'];
    return isSame && Number.isSafeInteger(generation) && Number(generation) >= 1 ? Number(generation) : undefined;
  } catch {
    return undefined;
  }
}

function stateOf(model: RunningModel) {
  return model.state === 'active' ? { state: model.state } : { state: model.state, stoppedBy: model.stoppedBy };
}

function noSuchCall({ method, path }: Call): Answer {
  return refusal(404, 'invalid_request', `there is no ${method} /v1/${path.join('/')}`);
}

function refusal(status: number, code: string, detail: string): Answer {
  return { status, body: { status, code, title: 'Refused', detail } };
}
