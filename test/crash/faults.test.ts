// Every fault at every call to Stripe that collecting makes: paid once, allocated to the cent, each mail once.
import { expectBooksToBalance } from '../commands/collecting';
import { type FaultScene, type Faulty, faultKinds, isRight, openFaultScene } from './faulty-calls';

let scene: FaultScene;
beforeAll(async () => {
  scene = await openFaultScene();
});
afterAll(() => scene?.stop());

test('whatever goes wrong at whichever call, each invoice is paid and mailed once', async () => {
  const calls = await scene.calls();
  for (const known of ['POST /v1/payment_intents', 'GET /v1/payment_intents', 'GET /v1/payment_intents/:id']) {
    expect(calls.map(({ call }) => call)).toContain(known);
  }
  const shown: Faulty[] = [];
  for (const call of calls) for (const kind of faultKinds) shown.push(await scene.show({ ...call, kind }));
  const received = await scene.received();
  expect(shown.filter((each) => !isRight(each, received.get(each.workspace)))).toEqual([]);
  for (const { workspace } of shown) await expectBooksToBalance(scene.db, workspace);
}, 240_000);
