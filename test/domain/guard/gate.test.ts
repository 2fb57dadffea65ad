import { type GateFacts, gateOf } from '../../../domain/guard/gate';

const fine: GateFacts = {
  suspension: null,
  isJudged: true,
  hasMethod: false,
  isCharged: true,
  hasCredits: true,
  hadCredits: true,
  zeroAtMs: null,
};
const zeroAtMs = Date.UTC(2026, 1, 3, 14, 5);
const suspended = (reason: 'credits' | 'past_due' | 'operator', message: string | null = null) => ({
  suspension: { reason, message },
});

test.each<[what: string, facts: Partial<GateFacts>, reason: string | undefined]>([
  ['credits are left', {}, undefined],
  ['the guard suspended for credits', suspended('credits'), 'credits_exhausted'],
  ['it did so where there never were any', { ...suspended('credits'), hadCredits: false }, 'payment_method_missing'],
  ['an invoice is past due', suspended('past_due'), 'past_due'],
  ['an operator suspended', suspended('operator', 'Please call us.'), 'suspended'],
  ['an operator suspended, and a method is on file', { ...suspended('operator'), hasMethod: true }, 'suspended'],
  ['nobody has judged, and credits are gone', { isJudged: false, hasCredits: false }, 'credits_exhausted'],
  [
    'nobody has judged, and there never were any',
    { isJudged: false, hasCredits: false, hadCredits: false },
    'payment_method_missing',
  ],
  ['nobody has judged, and a method is on file', { isJudged: false, hasCredits: false, hasMethod: true }, undefined],
  ['nobody has judged, and terms do not charge', { isJudged: false, hasCredits: false, isCharged: false }, undefined],
  ['the guard has judged and did not suspend', { hasCredits: false }, undefined],
])('where %s', (_, facts, reason) => {
  const gate = gateOf({ ...fine, ...facts });
  expect(gate.allowed).toBe(reason === undefined);
  expect(gate.reason).toBe(reason);
  expect(gate.message === undefined).toBe(reason === undefined);
});

test("an operator's own words are the message", () => {
  expect(gateOf({ ...fine, ...suspended('operator', 'Please call us.') }).message).toBe('Please call us.');
});

test.each<[facts: Partial<GateFacts>, runUntilMs: number | undefined]>([
  [{ zeroAtMs }, zeroAtMs],
  [{ zeroAtMs, ...suspended('credits') }, zeroAtMs],
  [{ zeroAtMs, hasMethod: true }, undefined],
  [{ zeroAtMs, isCharged: false }, undefined],
  [{}, undefined],
])('what runs may run until the zero where nothing else pays: %o', (facts, runUntilMs) => {
  expect(gateOf({ ...fine, ...facts }).runUntilMs).toBe(runUntilMs);
});
