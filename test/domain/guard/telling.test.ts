import { crossingDue, untilNotice } from '../../../domain/guard/telling';
import { type Nanos, nanos } from '../../../domain/money';

type Of = Parameters<typeof crossingDue>[0];
const used = (percent: number): Of['standing'] => ({
  grantedNanos: nanos(1000n),
  remainingNanos: nanos(1000n - BigInt(percent * 10)),
  usedThreshold: percent >= 100 ? 100 : percent >= 80 ? 80 : percent >= 50 ? 50 : 0,
});
const nothing = { grants: 1, percent: 0, isShort: false };
const crossing = (of: Partial<Of>) =>
  crossingDue({
    standing: used(0),
    payer: 'credits',
    isShort: false,
    isSuspended: false,
    grants: 1,
    told: nothing,
    ...of,
  });

test.each<[string, Partial<Of>, object | null]>([
  ['nothing before half is used', { standing: used(49) }, null],
  ['that half is used', { standing: used(50) }, { kind: 'credits_used', percent: 50 }],
  ['the graver of two that are crossed at once', { standing: used(85) }, { kind: 'credits_used', percent: 80 }],
  ['nothing twice', { standing: used(60), told: { ...nothing, percent: 50 } }, null],
  ['less than a day before how much is used', { standing: used(85), isShort: true }, { kind: 'credits_short' }],
  ['less than a day once', { isShort: true, told: { ...nothing, isShort: true } }, null],
  ['nothing more before what is stopped says it', { standing: used(100), told: { ...nothing, percent: 80 } }, null],
  ['nothing where what is stopped says it', { standing: used(100), isSuspended: true }, null],
  ['with a method that all is used', { standing: used(100), payer: 'method' }, { kind: 'credits_used', percent: 100 }],
  ['with a method nothing else', { standing: used(85), payer: 'method', isShort: true }, null],
  [
    'nothing of credits that nobody was given',
    { standing: { ...used(100), grantedNanos: nanos(0n) }, payer: 'method' },
    null,
  ],
  ['nothing to whom invoices are sent', { standing: used(100), payer: 'invoice' }, null],
])('a customer is told %s', (_, of, notice) => {
  expect(crossing(of).notice).toEqual(notice);
});

test('a graver notice tells the lesser ones with it', () => {
  const { told } = crossing({ standing: used(85), isShort: true });
  expect(told).toEqual({ grants: 1, percent: 80, isShort: true });
  expect(crossing({ standing: used(90), told }).notice).toBeNull();
});

test('another grant begins new crossings, from where it leads to', () => {
  const told = { grants: 1, percent: 80, isShort: true };
  const after = crossing({ standing: used(55), grants: 2, told });
  expect(after).toEqual({ notice: null, told: { grants: 2, percent: 50, isShort: false } });
  expect(crossing({ standing: used(80), grants: 2, told: after.told }).notice).toEqual({
    kind: 'credits_used',
    percent: 80,
  });
});

test.each<[string, Parameters<typeof untilNotice>[0], Nanos | null]>([
  ['what is missing to the next threshold', { standing: used(20), payer: 'credits', told: nothing }, nanos(300n)],
  ['all that is left after the last', { standing: used(85), payer: 'credits', told: nothing }, nanos(150n)],
  ['all that is left with a method', { standing: used(20), payer: 'method', told: nothing }, nanos(800n)],
  ['nothing once that was told', { standing: used(20), payer: 'method', told: { ...nothing, percent: 100 } }, null],
  ['nothing with nothing left', { standing: used(100), payer: 'credits', told: nothing }, null],
  ['nothing where invoices are sent', { standing: used(20), payer: 'invoice', told: nothing }, null],
])('until the next notice there is %s', (_, of, expected) => {
  expect(untilNotice(of)).toBe(expected);
});
