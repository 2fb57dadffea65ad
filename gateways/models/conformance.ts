// Whether a platform keeps the contract: asked as billing asks, and as somebody asks whom it must refuse.
import { httpModels } from './http-models';
import type { CommandOutcome, ModelCommand, ModelsGateway, ModelsListed } from './models';

export type Checked = { readonly what: string; readonly fault: string | undefined };

type Asked = {
  readonly url: string;
  readonly key: Buffer;
  readonly workspace: string;
  readonly model: string;
  /** Above whatever the platform has seen for this model: left out, the seconds since the epoch. */
  readonly generation?: number;
};

const timeoutMs = 10_000;

/** The checks, one after the other; each needs those before it. `model` is active, and is active again in the end. */
export async function* checkPlatform({ url, key, workspace, model, generation }: Asked): AsyncGenerator<Checked> {
  const gateway = httpModels({ url, key, timeoutMs });
  const stranger = httpModels({ url, key: Buffer.alloc(32, 1), timeoutMs });
  const first = generation ?? Math.floor(Date.now() / 1000);
  const order = (after: number): ModelCommand => {
    const message = 'a check of the contract';
    return { workspace, model, reason: 'operator', message, generation: first + after };
  };
  const stopped = { kind: 'done', now: { state: 'stopped', stoppedBy: 'billing' } };
  const active = { kind: 'done', now: { state: 'active' } };

  yield await check('lists the model, active', listed(gateway, workspace, model), { model, state: 'active' });
  yield await check('has no models for a workspace that is not there', gateway.listModels('no-such-workspace'), {
    kind: 'listed',
    models: [],
  });
  yield await check('refuses what another secret signed', failure(stranger.listModels(workspace)), 'answered 401');
  yield await check(
    'refuses a command that another secret signed',
    failure(stranger.deactivateModel(order(0))),
    'answered 401',
  );
  yield await check('stops the model', gateway.deactivateModel(order(1)), stopped);
  yield await check('lists it as stopped by billing', listed(gateway, workspace, model), {
    model,
    state: 'stopped',
    stoppedBy: 'billing',
  });
  yield await check('changes nothing when told again', gateway.deactivateModel(order(1)), stopped);
  yield await check('starts the model', gateway.reactivateModel(order(2)), active);
  yield await check('changes nothing when told again', gateway.reactivateModel(order(2)), active);
  yield await check('answers 409 superseded to a command that comes late', gateway.deactivateModel(order(1)), {
    kind: 'superseded',
  });
  yield await check('lists it as active', listed(gateway, workspace, model), { model, state: 'active' });
  yield await check(
    'answers 404 model_not_found for a model that is not there, slashes and all',
    gone(gateway, order(3)),
    {
      kind: 'gone',
    },
  );
}

async function check(what: string, asked: Promise<unknown>, expected: unknown): Promise<Checked> {
  const [came, wanted] = [JSON.stringify(await asked), JSON.stringify(expected)];
  return { what, fault: came === wanted ? undefined : `expected ${wanted}, came ${came}` };
}

async function listed(gateway: ModelsGateway, workspace: string, model: string): Promise<unknown> {
  const answer = await gateway.listModels(workspace);
  if (answer.kind === 'failed') return answer;
  return answer.models.find((each) => each.model === model) ?? 'not in the list';
}

function gone(gateway: ModelsGateway, order: ModelCommand): Promise<CommandOutcome> {
  return gateway.deactivateModel({ ...order, model: 'no/such:model+1' });
}

// Of a refusal, its status: the sentence before it says which call it was.
async function failure(asked: Promise<ModelsListed | CommandOutcome>): Promise<unknown> {
  const answer = await asked;
  return answer.kind === 'failed' ? (/answered \d+/.exec(answer.why)?.[0] ?? answer.why) : answer;
}
