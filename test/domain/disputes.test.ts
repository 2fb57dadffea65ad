import fc from 'fast-check';
import { disputeStateOf, settledState, shareTaken } from '../../domain/disputes';
import { type Cents, cents } from '../../domain/money';

const untouched = { withdrawnCents: cents(0n), fromCreditsCents: cents(0n) };
const pays = (...amounts: readonly bigint[]) =>
  amounts.map((each, nth) => ({ invoice: `in-${nth}`, cents: cents(each) }));
const amountsOf = (returns: readonly { readonly cents: Cents }[]) => returns.map((each) => each.cents);

test.each<[string, bigint, readonly bigint[], bigint, bigint, readonly bigint[]]>([
  ['all of a payment that paid one invoice', 100n, [100n], 0n, 0n, [100n]],
  ['unspent credits and the invoice', 100n, [60n], 40n, 40n, [60n]],
  ['a part: the credits first', 30n, [60n], 40n, 30n, []],
  ['spent credits are left as bad debt', 100n, [60n], 10n, 10n, [60n]],
  ['several invoices, the oldest first', 70n, [20n, 30n, 50n], 0n, 0n, [20n, 30n, 20n]],
  ['nothing', 0n, [60n], 40n, 0n, []],
])('%s', (_, withdrawn, allocations, unspent, fromCredits, returned) => {
  const taken = shareTaken({
    withdrawnCents: cents(withdrawn),
    allocations: pays(...allocations),
    unspentCents: cents(unspent),
    was: untouched,
  });
  expect(taken.fromCreditsCents).toBe(fromCredits);
  expect(amountsOf(taken.returns)).toEqual(returned);
});

test('credits that become unspent lower the bad debt, and no invoice', () => {
  const was = { withdrawnCents: cents(100n), fromCreditsCents: cents(10n) };
  const again = { withdrawnCents: cents(100n), allocations: pays(60n), unspentCents: cents(50n), was };
  expect(shareTaken(again)).toEqual({ fromCreditsCents: 40n, returns: [{ invoice: 'in-0', cents: 60n }] });
});

test('given back in part, it is the bad debt first, then the invoices, then the credits', () => {
  const was = { withdrawnCents: cents(100n), fromCreditsCents: cents(10n) };
  const left = (withdrawn: bigint) =>
    shareTaken({ withdrawnCents: cents(withdrawn), allocations: pays(60n), unspentCents: cents(0n), was });
  expect(left(80n)).toEqual({ fromCreditsCents: 10n, returns: [{ invoice: 'in-0', cents: 60n }] });
  expect(left(30n)).toEqual({ fromCreditsCents: 10n, returns: [{ invoice: 'in-0', cents: 20n }] });
  expect(left(5n)).toEqual({ fromCreditsCents: 5n, returns: [] });
  expect(left(0n)).toEqual({ fromCreditsCents: 0n, returns: [] });
});

const amount = fc.bigInt(0n, 1000n);

test('whatever moves, no more is taken than is withdrawn, than an invoice was paid, or than credits were unspent', () => {
  fc.assert(
    fc.property(
      fc.array(amount, { maxLength: 4 }),
      fc.array(fc.record({ withdrawn: amount, spent: amount, unspent: amount }), { minLength: 1, maxLength: 6 }),
      (allocated, steps) => {
        const allocations = pays(...allocated);
        let was = untouched;
        let unspent = 0n;
        for (const step of steps) {
          unspent = unspent > step.spent ? unspent - step.spent : step.unspent;
          const withdrawnCents = cents(step.withdrawn);
          const { fromCreditsCents, returns } = shareTaken({
            ...{ withdrawnCents, allocations, was },
            unspentCents: cents(unspent),
          });
          const returned = amountsOf(returns).reduce((sum: bigint, each) => sum + each, 0n);
          expect(fromCreditsCents + returned <= withdrawnCents).toBe(true);
          expect(fromCreditsCents <= was.fromCreditsCents + unspent).toBe(true);
          for (const each of returns) {
            expect(each.cents <= (allocations.find(({ invoice }) => invoice === each.invoice)?.cents ?? 0n)).toBe(true);
          }
          unspent += was.fromCreditsCents - fromCreditsCents;
          was = { withdrawnCents, fromCreditsCents };
        }
      },
    ),
  );
});

const booking = (amountCents: bigint) => ({
  balanceTransaction: `txn_${amountCents}`,
  amountCents: cents(amountCents),
  feeCents: cents(0n),
});

test('won is open until the money, or some of it, is back', () => {
  expect(settledState(disputeStateOf('won', 'open'), [booking(-100n)])).toBe('open');
  expect(settledState(disputeStateOf('won', 'open'), [booking(-100n), booking(40n)])).toBe('won');
  expect(settledState(disputeStateOf('warning_closed', 'open'), [])).toBe('won');
  expect(settledState(disputeStateOf('lost', 'open'), [booking(-100n)])).toBe('lost');
});
