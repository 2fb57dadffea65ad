// What may happen to a guarded workspace, at random.
import fc from 'fast-check';
import type { Terms } from '../../domain/terms';
import { usd } from '../harness/workspace';

export type Happening =
  | {
      readonly kind: 'grant';
      readonly amount: string;
      readonly lastsHours: number | null;
      readonly isBackdated: boolean;
    }
  | { readonly kind: 'start'; readonly replicas: number; readonly phase: 'serving' | 'scaling_up' | 'idle' }
  | { readonly kind: 'owner stops' }
  | { readonly kind: 'add card' }
  | { readonly kind: 'remove card' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'platform fails'; readonly calls: number }
  | { readonly kind: 'reporter lags'; readonly minutes: number }
  | { readonly kind: 'away'; readonly minutes: number; readonly isReportedFirst: boolean }
  | {
      readonly kind: 'price';
      readonly book: 'standard' | 'contract';
      readonly usd: string;
      readonly afterHours: number;
    }
  | { readonly kind: 'terms'; readonly terms: Partial<Terms>; readonly afterHours: number }
  | { readonly kind: 'correct'; readonly nth: number; readonly minutesAgo: number; readonly minutes: number }
  | { readonly kind: 'take back'; readonly nth: number }
  | { readonly kind: 'past due'; readonly nth: number }
  | { readonly kind: 'pay'; readonly nth: number }
  | { readonly kind: 'write off'; readonly nth: number }
  | { readonly kind: 'void'; readonly nth: number; readonly usage: 'owed' | 'voided' }
  | { readonly kind: 'pause'; readonly minutes: number }
  | { readonly kind: 'operator'; readonly scope: 'models' | 'deploys' | null };

/** How what is said to the guard by a step reaches it: `held` comes with what is said after it. */
export type Way = 'heard' | 'doubled' | 'lost' | 'held' | 'reordered';

export type Step = { readonly after: number; readonly happening: Happening; readonly way: Way };

type Fields<Kind extends Happening['kind']> = Omit<Extract<Happening, { kind: Kind }>, 'kind'>;
type Arbitraries<Of> = { readonly [field in keyof Of]: fc.Arbitrary<Of[field]> };

// So often, with these fields beside its kind.
function of<Kind extends Happening['kind']>(weight: number, kind: Kind, fields: Arbitraries<Fields<Kind>>) {
  const rest = fc.record<Fields<Kind>>(fields as { [field in keyof Fields<Kind>]: fc.Arbitrary<Fields<Kind>[field]> });
  return { weight, arbitrary: rest.map((found) => ({ kind, ...found }) as unknown as Happening) };
}

const tier = (upTo: string | null, basisPoints: number) => ({ upToNanos: upTo && usd(upTo), basisPoints });
const tiers = fc
  .record({
    ends: fc.constantFrom(['3'], ['5', '15'], ['0.7', '8.3', '21']),
    percents: fc.array(fc.constantFrom(0, 1000, 3333, 9000), { minLength: 4, maxLength: 4 }),
  })
  .map(({ ends, percents }) =>
    [...ends, null].map((end, at) => tier(end, percents[at] ?? 0) as Terms['volumeTiers'][0]),
  );
const program = fc.constantFrom<NonNullable<Terms['programDiscount']>[]>(
  { kind: 'education', basisPoints: 5000 },
  { kind: 'nonprofit', basisPoints: 1250 },
);
const phases = fc.constantFrom<Terms['billablePhases'][]>(
  ['deploying', 'scaling_up', 'serving', 'scaling_down'],
  ['serving', 'idle'],
  ['serving'],
);
type Discounts = Pick<Terms, 'volumeTiers' | 'programDiscount' | 'billablePhases'>;
// Most of the time nothing of it.
const seldom = { freq: 2 } as const;
export const charged: fc.Arbitrary<Partial<Terms>> = fc.record<Discounts>({
  volumeTiers: fc.oneof<{ weight: number; arbitrary: fc.Arbitrary<Terms['volumeTiers']> }[]>(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: tiers },
  ),
  programDiscount: fc.option<Terms['programDiscount'], null>(program, seldom),
  billablePhases: phases,
});
const anyTerms: fc.Arbitrary<Partial<Terms>> = fc
  .record({ terms: charged, isInvoiced: fc.integer({ min: 0, max: 3 }).map((n) => n === 0) })
  .map(({ terms, isInvoiced }) => ({ ...terms, ...(isInvoiced && { collection: 'invoice' as const, netDays: 30 }) }));

const nth = fc.nat(5);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  of(6, 'grant', {
    amount: fc.constantFrom('1', '2.5', '7', '20', '33.3'),
    lastsHours: fc.option(fc.integer({ min: 1, max: 2 })),
    isBackdated: fc.boolean(),
  }),
  of(6, 'start', {
    replicas: fc.integer({ min: 1, max: 4 }),
    phase: fc.constantFrom('serving', 'serving', 'serving', 'scaling_up', 'idle'),
  }),
  of(2, 'owner stops', {}),
  of(2, 'add card', {}),
  of(2, 'remove card', {}),
  of(5, 'tick', {}),
  of(2, 'platform fails', { calls: fc.integer({ min: 1, max: 3 }) }),
  of(2, 'reporter lags', { minutes: fc.integer({ min: 0, max: 4 }) }),
  of(3, 'away', { minutes: fc.integer({ min: 1, max: 40 }), isReportedFirst: fc.boolean() }),
  of(4, 'price', {
    book: fc.constantFrom('standard', 'standard', 'contract'),
    usd: fc.constantFrom('0.125', '0.25', '0.5', '1', '2'),
    afterHours: fc.integer({ min: -1, max: 2 }),
  }),
  of(3, 'terms', { terms: anyTerms, afterHours: fc.integer({ min: 0, max: 2 }) }),
  of(6, 'correct', { nth, minutesAgo: fc.integer({ min: 1, max: 90 }), minutes: fc.integer({ min: 1, max: 60 }) }),
  of(2, 'take back', { nth }),
  of(5, 'past due', { nth }),
  of(4, 'pay', { nth }),
  of(1, 'write off', { nth }),
  of(1, 'void', { nth, usage: fc.constantFrom('owed', 'voided') }),
  of(3, 'pause', { minutes: fc.integer({ min: 0, max: 30 }) }),
  of(3, 'operator', { scope: fc.constantFrom('models', 'deploys', null, null) }),
);

export const step: fc.Arbitrary<Step> = fc.record({
  after: fc.integer({ min: 5, max: 900 }),
  happening,
  way: fc.constantFrom<Way[]>('heard', 'heard', 'heard', 'doubled', 'lost', 'held', 'reordered'),
});
