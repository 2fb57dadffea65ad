import fc from 'fast-check';
import { type BillPart, computeBill } from '../../domain/bill';
import {
  type CreditableBalance,
  correctInvoice,
  creditMoney,
  type StandingInvoice,
  splitCredit,
} from '../../domain/correction';
import type { LostUsage } from '../../domain/credit-note-lines';
import type { Grant } from '../../domain/credits';
import { type Cents, cents, centsToNanos, nanos, roundToCentsHalfUp, sumNanos } from '../../domain/money';
import { monthHours } from '../../domain/period';
import type { TermsPoint } from '../../domain/terms';
import { termsWith, usd } from './metering';

const january = monthHours('2025-01').from;
const none: readonly TermsPoint[] = [{ fromHour: 0, terms: termsWith({}) }];

const grant = (key: string, dollars: number, change: Partial<Grant> = {}): Grant => ({
  key,
  kind: 'promotional',
  amountNanos: usd(dollars),
  remainingNanos: usd(dollars),
  validFromHour: 0,
  validUntilHour: null,
  priority: 100,
  ...change,
});

/** An invoice of one line at a dollar a minute: `minutes` of each hour of January from its first on. */
function issue(
  minutes: readonly number[],
  {
    terms = none,
    grants = [],
    paidCents = 0n,
  }: { terms?: readonly TermsPoint[]; grants?: readonly Grant[]; paidCents?: bigint } = {},
): StandingInvoice {
  const hours = minutes.map((count, at) => ({ hour: january + at, listNanos: usd(count) }));
  const part: BillPart = { month: '2025-01', late: false, listBefore: nanos(0n), hours };
  const bill = computeBill({ parts: [part], terms, grants });
  return {
    id: 'inv:acme:2025-01:usage:1',
    month: '2025-01',
    status: 'issued',
    standing: { ...bill, owedNanos: bill.amountDueNanos },
    parts: [part],
    draws: bill.draws,
    overrun: [],
    balance: {
      totalCents: bill.totalCents,
      creditedCents: cents(0n),
      remainingCents: cents(bill.totalCents - paidCents),
      keptCents: cents(paidCents),
      givenUpCents: cents(0n),
      writtenOffCents: cents(0n),
    },
  };
}

const lose = (minutes: Readonly<Record<number, number>>, price = usd(1)): readonly LostUsage[] => [
  {
    month: '2025-01',
    model: 'm',
    version: 'v1',
    instanceType: 'gpu',
    priceNanos: price,
    hours: Object.keys(minutes).map((at) => january + Number(at)),
    minutes: Object.values(minutes),
  },
];

const shown = (content: ReturnType<typeof correctInvoice>) => ({
  amount: content.amountCents,
  lines: content.lines.map(({ kind, amountCents }) => [kind, amountCents]),
  returned: Number(content.creditsReturnedNanos) / 1e9,
});

describe('an invoice billed again', () => {
  test('credits what the minutes cost, with the discount that they had', () => {
    const terms = [{ fromHour: 0, terms: termsWith({ programDiscount: { kind: 'education', basisPoints: 2500 } }) }];
    const content = correctInvoice({
      invoice: issue([10, 20], { terms }),
      lost: lose({ 1: 5 }),
      terms,
      grants: [],
      as: 'refund',
    });
    expect(shown(content)).toEqual({
      amount: 375n,
      lines: [
        ['usage', 500n],
        ['program_discount', -125n],
      ],
      returned: 0,
    });
  });

  test('returns credits before it credits money, the usual order the other way round', () => {
    const grants = [grant('g', 12)];
    const invoice = issue([10, 10], { grants });
    const content = correctInvoice({ invoice, lost: lose({ 0: 10 }), terms: none, grants, as: 'refund' });
    // Ten dollars of usage are left, and twelve of credits: two go back, and eight were owed.
    expect(shown(content)).toEqual({
      amount: 800n,
      lines: [
        ['usage', 1000n],
        ['credit', -200n],
      ],
      returned: 2,
    });
    expect(content.returns).toEqual([
      { grantKey: 'g', hour: january, amountNanos: usd(10) },
      { grantKey: 'g', hour: january + 1, amountNanos: usd(-8) },
    ]);
  });

  test('limits each grant to what the invoice draws of it, however much is left of it', () => {
    const invoice = issue([10, 10], { grants: [grant('g', 5)] });
    const content = correctInvoice({
      invoice,
      lost: lose({ 0: 1 }),
      terms: none,
      grants: [grant('g', 500)],
      as: 'refund',
    });
    expect(shown(content)).toMatchObject({ amount: 100n, returned: 0 });
  });

  test('goes on from L as it was at the issue', () => {
    const tiers = [
      { upToNanos: usd(100), basisPoints: 0 },
      { upToNanos: null, basisPoints: 5000 },
    ];
    const terms = [{ fromHour: 0, terms: termsWith({ volumeTiers: tiers }) }];
    const base = issue([10], { terms });
    const late: BillPart = { month: '2025-01', late: true, listBefore: usd(100), hours: base.parts[0]?.hours ?? [] };
    const bill = computeBill({ parts: [late], terms, grants: [] });
    const invoice = { ...base, month: '2025-02', parts: [late], standing: { ...bill, owedNanos: bill.amountDueNanos } };
    const content = correctInvoice({ invoice, lost: lose({ 0: 4 }), terms, grants: [], as: 'refund' });
    expect(shown(content)).toMatchObject({ amount: 200n });
    expect(content.lines[0]?.description).toBe('m v1 on gpu (January 2025)');
  });

  test('never charges: where the smaller bill is larger, what was owed stays', () => {
    // The credits pay hour 0 alone; hour 1 has a discount only while hour 0 is there.
    const tiers = [
      { upToNanos: usd(10), basisPoints: 0 },
      { upToNanos: null, basisPoints: 5000 },
    ];
    const terms = [{ fromHour: 0, terms: termsWith({ volumeTiers: tiers }) }];
    const grants = [grant('g', 10, { validUntilHour: january + 1 })];
    const invoice = issue([10, 10], { terms, grants });
    const content = correctInvoice({ invoice, lost: lose({ 0: 10 }), terms, grants, as: 'refund' });
    expect(shown(content)).toEqual({
      amount: 0n,
      lines: [
        ['usage', 1000n],
        ['volume_discount', -500n],
        ['credit', -1000n],
        ['adjustment', 500n],
      ],
      returned: 10,
    });
    expect(content.after).toMatchObject({ amountDueNanos: usd(10), owedNanos: usd(5) });
  });

  test('without any minutes owes nothing and returns everything', () => {
    const grants = [grant('g', 3)];
    const content = correctInvoice({
      invoice: issue([10], { grants }),
      lost: lose({ 0: 10 }),
      terms: none,
      grants,
      as: 'refund',
    });
    expect(shown(content)).toMatchObject({ amount: 700n, returned: 3 });
    expect(content.after).toMatchObject({ listNanos: 0n, owedNanos: 0n });
  });

  test('credits no more than what is left of the total', () => {
    const invoice = issue([10]);
    const balance = { ...invoice.balance, creditedCents: cents(800n), remainingCents: cents(200n) };
    const content = correctInvoice({
      invoice: { ...invoice, balance },
      lost: lose({ 0: 5 }),
      terms: none,
      grants: [],
      as: 'refund',
    });
    expect([content.amountCents, content.notCreditedCents]).toEqual([200n, 300n]);
    expect(content.lines.map(({ kind, amountCents }) => [kind, amountCents])).toEqual([
      ['usage', 500n],
      ['adjustment', -300n],
    ]);
  });

  test.each([
    ['more minutes than it holds', lose({ 0: 11 }), /no more than it holds/],
    ['minutes of an hour that it does not hold', lose({ 5: 1 }), /in hours that it holds/],
  ])('does not lose %s', (_, lost, refusal) => {
    expect(() => correctInvoice({ invoice: issue([10]), lost, terms: none, grants: [], as: 'refund' })).toThrow(
      refusal,
    );
  });
});

const balance = (change: Partial<Record<keyof CreditableBalance, bigint>>): CreditableBalance => ({
  totalCents: cents(change.totalCents ?? 1000n),
  creditedCents: cents(change.creditedCents ?? 0n),
  writtenOffCents: cents(change.writtenOffCents ?? 0n),
  remainingCents: cents(change.remainingCents ?? 0n),
  keptCents: cents(change.keptCents ?? 0n),
  givenUpCents: cents(change.givenUpCents ?? 0n),
});

test.each<
  [string, CreditableBalance, { amount: bigint; writtenOff?: bigint; as?: 'refund' | 'credits' }, readonly bigint[]]
>([
  ['what remains', balance({ remainingCents: 1000n }), { amount: 300n }, [0n, 300n, 0n, 0n]],
  [
    'what remains, then what was paid',
    balance({ remainingCents: 200n, keptCents: 800n }),
    { amount: 300n },
    [0n, 200n, 100n, 0n],
  ],
  ['what was paid, as credits', balance({ keptCents: 1000n }), { amount: 300n, as: 'credits' }, [0n, 0n, 0n, 300n]],
  [
    'what was written off of it first',
    balance({ writtenOffCents: 200n, remainingCents: 500n, keptCents: 300n }),
    { amount: 300n, writtenOff: 200n },
    [200n, 100n, 0n, 0n],
  ],
  [
    'what was written off where nothing else is left',
    balance({ writtenOffCents: 900n, keptCents: 100n }),
    { amount: 300n },
    [200n, 0n, 100n, 0n],
  ],
  [
    'what was paid and does not go back already, then what was written off',
    balance({ creditedCents: 400n, writtenOffCents: 500n, keptCents: 500n }),
    { amount: 300n },
    [200n, 0n, 100n, 0n],
  ],
  [
    'what was written off where all that was paid goes back already',
    balance({ creditedCents: 510n, writtenOffCents: 490n, keptCents: 510n }),
    { amount: 300n, as: 'credits' },
    [300n, 0n, 0n, 0n],
  ],
  [
    'what is owed anew after the bank took back what had been given as credits, as far as it was not written off',
    balance({ creditedCents: 600n, writtenOffCents: 200n, remainingCents: 800n, keptCents: -600n }),
    { amount: 400n },
    [200n, 200n, 0n, 0n],
  ],
])('a credit lowers %s', (_, of, { amount, writtenOff = 0n, as = 'refund' }, expected) => {
  const split = splitCredit({ amountCents: cents(amount), balance: of, writtenOffCents: cents(writtenOff), as });
  expect([split.writtenOffCents, split.lowersDueCents, split.toRefundCents, split.asCreditsCents]).toEqual(expected);
});

test('goodwill is a discount, of one line with its reason', () => {
  const { month, status, balance: of } = issue([10]);
  const content = creditMoney({
    kind: 'goodwill',
    invoice: { month, status, balance: of },
    amountCents: cents(150n),
    reason: 'sorry',
  });
  expect(content.lines).toMatchObject([{ kind: 'goodwill', description: 'sorry', amountCents: 150n }]);
  expect(content.entries).toEqual([
    { account: 'discounts', amountNanos: 1_500_000_000n },
    { account: 'receivable', amountNanos: -1_500_000_000n },
  ]);
});

test('of an invoice that was given up, a credit lowers its bad debt', () => {
  const issued = issue([10]);
  const invoice = {
    ...issued,
    status: 'uncollectible' as const,
    balance: { ...issued.balance, givenUpCents: cents(60n) },
  };
  const content = correctInvoice({ invoice, lost: lose({ 0: 1 }), terms: none, grants: [], as: 'refund' });
  expect(content.entries).toEqual([
    { account: 'revenue', amountNanos: usd(1) },
    { account: 'bad_debt', amountNanos: -600_000_000n },
    // The rest a bank has withdrawn, and not decided on.
    { account: 'receivable', amountNanos: -400_000_000n },
  ]);
});

test('notes one after the other add up: all that is credited is the total less what is owed, half up, and postings balance', () => {
  const facts = fc.record({
    minutes: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
    price: fc.bigInt({ min: 1n, max: 2_000_000_000n }),
    discount: fc.integer({ min: 0, max: 9999 }),
    credits: fc.bigInt({ min: 0n, max: 60_000_000_000n }),
    until: fc.integer({ min: 1, max: 5 }),
    lost: fc.array(fc.record({ at: fc.nat(4), share: fc.integer({ min: 1, max: 100 }) }), {
      minLength: 1,
      maxLength: 5,
    }),
    paid: fc.boolean(),
  });
  const addUp = (facts0: typeof facts extends fc.Arbitrary<infer Facts> ? Facts : never) => {
    const price = nanos(facts0.price);
    const terms = [
      {
        fromHour: 0,
        terms: termsWith({
          volumeTiers: [
            { upToNanos: usd(5), basisPoints: 0 },
            { upToNanos: null, basisPoints: facts0.discount },
          ],
        }),
      },
    ];
    const grants =
      facts0.credits === 0n
        ? []
        : [
            grant('g', 0, {
              amountNanos: nanos(facts0.credits),
              remainingNanos: nanos(facts0.credits),
              validUntilHour: january + facts0.until,
            }),
          ];
    const part: BillPart = {
      month: '2025-01',
      late: false,
      listBefore: nanos(0n),
      hours: facts0.minutes.map((count, at) => ({ hour: january + at, listNanos: nanos(price * BigInt(count)) })),
    };
    const bill = computeBill({ parts: [part], terms, grants });
    const left = [...facts0.minutes];
    let invoice: StandingInvoice = {
      ...issue([1]),
      parts: [part],
      draws: bill.draws,
      standing: { ...bill, owedNanos: bill.amountDueNanos },
      balance: {
        totalCents: bill.totalCents,
        creditedCents: cents(0n),
        remainingCents: facts0.paid ? cents(0n) : bill.totalCents,
        keptCents: facts0.paid ? bill.totalCents : cents(0n),
        givenUpCents: cents(0n),
        writtenOffCents: cents(0n),
      },
    };
    for (const { at, share } of facts0.lost) {
      const has = left[at] ?? 0;
      const minutes = Math.ceil((has * share) / 100);
      if (minutes === 0) continue;
      left[at] = has - minutes;
      const content = correctInvoice({ invoice, lost: lose({ [at]: minutes }, price), terms, grants, as: 'refund' });
      expect(sumNanos(content.entries.map(({ amountNanos }) => amountNanos))).toBe(0n);
      expect(content.lines.reduce((sum, line) => sum + line.amountCents, 0n)).toBe(content.amountCents);
      expect(content.amountCents >= 0n && content.creditsReturnedNanos >= 0n).toBe(true);
      expect(sumNanos(content.returns.map(({ amountNanos }) => amountNanos))).toBe(content.creditsReturnedNanos);
      invoice = next(
        invoice,
        content,
        left.map((count, index) => ({ hour: january + index, listNanos: nanos(price * BigInt(count)) })),
      );
      const owed = invoice.standing.owedNanos;
      expect(invoice.balance.creditedCents).toBe(bill.totalCents - roundToCentsHalfUp(owed));
      expect(owed <= computeBill({ parts: invoice.parts, terms, grants }).amountDueNanos).toBe(true);
    }
  };
  fc.assert(fc.property(facts, addUp), { numRuns: 300 });
});

function next(
  invoice: StandingInvoice,
  content: ReturnType<typeof correctInvoice>,
  hours: BillPart['hours'],
): StandingInvoice {
  const [part] = invoice.parts;
  if (part === undefined || content.after === null) throw new Error('a correction has a bill');
  const { balance: was } = invoice;
  const creditedCents = cents(was.creditedCents + content.amountCents);
  const remainingCents = cents(was.remainingCents - content.split.lowersDueCents) as Cents;
  const drawn = new Map(invoice.draws.map((draw) => [`${draw.grantKey} ${draw.hour}`, draw]));
  for (const back of content.returns) {
    const name = `${back.grantKey} ${back.hour}`;
    const amountNanos = nanos((drawn.get(name)?.amountNanos ?? 0n) - back.amountNanos);
    drawn.set(name, { ...back, amountNanos });
  }
  const draws = [...drawn.values()].filter(({ amountNanos }) => amountNanos > 0n);
  expect(centsToNanos(remainingCents) >= 0n).toBe(true);
  return {
    ...invoice,
    standing: content.after,
    draws,
    parts: [{ ...part, hours }],
    balance: { ...was, creditedCents, remainingCents },
  };
}
