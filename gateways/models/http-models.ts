// The platform over HTTP.
import { randomUUID } from 'node:crypto';
import type { CommandOutcome, ListedModel, ModelCommand, ModelsGateway, ModelsListed } from './models';
import { commandAnswer, modelPage, type PlatformProblem, problemCode } from './reading';
import { signatureHeaders } from './signature';

type Options = {
  /** Without a slash at its end. */
  readonly url: string;
  readonly key: Buffer;
  /** How long the platform may take over a call. */
  readonly timeoutMs: number;
};

const answerBytesMax = 4 * 1024 * 1024;
// A platform whose pages lead in a circle is stopped somewhere: a hundred pages of a thousand models.
const pagesMax = 100;

type Answer = { readonly status: number; readonly body: unknown };
type Unanswered = { readonly kind: 'failed'; readonly why: string };

export function httpModels(options: Options): ModelsGateway {
  const command = async (verb: Verb, order: ModelCommand): Promise<CommandOutcome> => {
    const { workspace, model, ...content } = order;
    const path = `/v1/workspaces/${encodeURIComponent(workspace)}/models/${encodeURIComponent(model)}/${verb}`;
    const body = JSON.stringify({ command: verb, workspace, model, ...content });
    const key = `${verb}/${workspace}/${model}/${content.generation}`;
    const answer = await call(options, { method: 'POST', path, body, key });
    return 'kind' in answer ? answer : commandOutcome(answer, verb);
  };
  return {
    listModels: (workspace) => listAll(options, workspace),
    deactivateModel: (order) => command('deactivate', order),
    reactivateModel: (order) => command('reactivate', order),
  };
}

type Verb = 'deactivate' | 'reactivate';

async function listAll(options: Options, workspace: string): Promise<ModelsListed> {
  const models: ListedModel[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const path = `/v1/workspaces/${encodeURIComponent(workspace)}/models${query}`;
    const answer = await call(options, { method: 'GET', path, body: '' });
    if ('kind' in answer) return answer;
    if (isSaid(answer, 404, 'workspace_not_found')) return { kind: 'listed', models: [] };
    if (answer.status !== 200) return failed(`listModels answered ${answer.status}`);
    const read = modelPage(answer.body);
    if ('fault' in read) return failed(`listModels answered what it should not: ${read.fault}`);
    models.push(...read.models);
    if (read.next === undefined) return { kind: 'listed', models };
    cursor = read.next;
  }
  return failed(`listModels went on for more than ${pagesMax} pages`);
}

function commandOutcome({ status, body }: Answer, verb: Verb): CommandOutcome {
  if (isSaid({ status, body }, 404, 'model_not_found')) return { kind: 'gone' };
  if (isSaid({ status, body }, 409, 'superseded')) return { kind: 'superseded' };
  if (status !== 200) return failed(`${verb}Model answered ${status}`);
  const read = commandAnswer(body);
  if ('fault' in read) return failed(`${verb}Model answered what it should not: ${read.fault}`);
  // It says that it did, and that it did not.
  const isUndone =
    verb === 'deactivate'
      ? read.now.state === 'active'
      : read.now.state === 'stopped' && read.now.stoppedBy === 'billing';
  return isUndone ? failed(`${verb}Model answered 200, and the model is as it was`) : { kind: 'done', now: read.now };
}

// A bare 404 may come from a wrong address or a proxy: models would run on, taken for gone.
function isSaid({ status, body }: Answer, expected: number, code: PlatformProblem): boolean {
  return status === expected && problemCode(body) === code;
}

type Call = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: string;
  /** Of a command: the same for the same generation. */
  readonly key?: string;
};

// A redirect is not followed: the platform's address is a setting, and what is signed is for it alone.
async function call(
  { url, key, timeoutMs }: Options,
  { method, path, body, ...command }: Call,
): Promise<Answer | Unanswered> {
  const signed = { id: `msg_${randomUUID()}`, timestamp: Math.floor(Date.now() / 1000), body };
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        accept: 'application/json',
        ...signatureHeaders(key, signed),
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...(command.key === undefined ? {} : { 'idempotency-key': headerOf(command.key) }),
      },
      ...(method === 'POST' ? { body } : {}),
    });
    return { status: response.status, body: await readJson(response) };
  } catch (error) {
    return failed(`the platform did not answer ${method} ${path}: ${reasonOf(error)}`);
  }
}

// Names hold any visible ASCII; quotes and the like would be misread by who takes it for a structured field.
function headerOf(key: string): string {
  return `"${encodeURIComponent(key)}"`;
}

async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > answerBytesMax) throw new Error(`its answer is longer than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no answer either: the reader says so, beside the status.
    return undefined;
  }
}

function failed(why: string): Unanswered {
  return { kind: 'failed', why };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
