import { gravestStop, judge, type Situation, type Suspension } from '../../../domain/guard/judgement';
import { defaultLadder } from '../../../domain/guard/ladder';
import { dayMs, minuteMs } from '../../../domain/period';

const now = Date.UTC(2025, 2, 10, 10, 59, 50);
const zero = Date.UTC(2025, 2, 10, 11);

const situation = (of: Partial<Situation> = {}): Situation => ({
  nowMs: now,
  leadMs: 10_000,
  payer: 'credits',
  isCommanding: true,
  inCommandSinceMs: now - dayMs,
  zeroMs: zero,
  isNextCovered: false,
  methodLeftMs: null,
  lastEpisodeEndMs: null,
  hasOpenEpisode: false,
  pastDue: { sinceMs: null, pausedUntilMs: null },
  ladder: defaultLadder,
  standing: [],
  ...of,
});

const credits: Suspension = { number: 4, reason: 'credits', scope: 'models' };
const pastDue = (scope: Suspension['scope']): Suspension => ({ number: 5, reason: 'past_due', scope });

describe('for credits', () => {
  test.each<[string, Partial<Situation>, boolean]>([
    ['in the last minute that they cover', {}, true],
    ['never before it', { nowMs: now - 1 }, false],
    ['not with more before it than the lead, even within that minute', { nowMs: zero - 30_000 }, false],
    ['at once where they are gone', { nowMs: zero + 90_000 }, true],
    ['at once where nothing runs and nothing is left', { zeroMs: null }, true],
    ['not where nothing runs and something is left', { zeroMs: null, isNextCovered: true }, false],
    ['not for a debt of a time that is over', { zeroMs: now - 7 * dayMs, isNextCovered: true }, false],
    ['not with a method', { payer: 'method' }, false],
    ['not where invoices are sent', { payer: 'invoice' }, false],
    ['without a platform, too', { isCommanding: false }, true],
  ])('a workspace is stopped %s', (_, of, isStopped) => {
    const { begin, end } = judge(situation(of));
    expect([begin, end]).toEqual([isStopped ? [{ reason: 'credits', scope: 'models' }] : [], []]);
  });

  test.each<[string, Partial<Situation>, string | undefined]>([
    ['with a method', { payer: 'method' }, 'method'],
    ['with terms that send invoices', { payer: 'invoice' }, 'terms'],
    ['with credits for a minute of what was stopped', { isNextCovered: true }, 'credits'],
    ['not with less', {}, undefined],
  ])('it goes on %s', (_, of, because) => {
    const { begin, end } = judge(situation({ standing: [credits], hasOpenEpisode: true, ...of }));
    expect([begin, end]).toEqual([[], because === undefined ? [] : [{ number: 4, because }]]);
  });
});

describe('for what is past due', () => {
  const since = (days: number) => ({ sinceMs: now - days * dayMs, pausedUntilMs: null });
  const paid = { payer: 'method' } as const;
  test.each<[string, Partial<Situation>, readonly string[], readonly string[]]>([
    ['nothing at first', { pastDue: since(6) }, [], []],
    ['deployments after a week', { pastDue: since(7) }, ['past_due deploys'], []],
    ['models after two', { pastDue: since(14) }, ['past_due models'], []],
    [
      'models, once deployments were',
      { pastDue: since(14), standing: [pastDue('deploys')] },
      ['past_due models'],
      ['escalated'],
    ],
    ['nothing more', { pastDue: since(9), standing: [pastDue('deploys')] }, [], []],
    ['nothing once it is paid', { standing: [pastDue('models')] }, [], ['paid']],
    ['nothing while the next is not as late', { pastDue: since(6), standing: [pastDue('models')] }, [], ['paid']],
    [
      'nothing while it is paused',
      { pastDue: { ...since(30), pausedUntilMs: now + 1 }, standing: [pastDue('models')] },
      [],
      ['paused'],
    ],
    ['again after the pause', { pastDue: { ...since(30), pausedUntilMs: now } }, ['past_due models'], []],
    ['never where invoices are sent', { pastDue: since(30), payer: 'invoice' }, [], []],
  ])('it stops %s', (_, of, begun, ended) => {
    const { begin, end } = judge(situation({ ...paid, ...of }));
    expect(begin.map(({ reason, scope }) => `${reason} ${scope}`)).toEqual(begun);
    expect(end.map(({ because }) => because)).toEqual(ended);
  });
});

test('each reason is ended by its own end alone', () => {
  const operator: Suspension = { number: 6, reason: 'operator', scope: 'models' };
  const standing = [credits, operator];
  const { end, stops } = judge(situation({ payer: 'method', standing }));
  expect(end).toEqual([{ number: 4, because: 'method' }]);
  expect(stops).toEqual([{ reason: 'operator', scope: 'models' }]);
  expect(gravestStop([pastDue('deploys'), credits])).toEqual(credits);
  expect(gravestStop([pastDue('models'), credits, operator])).toEqual(operator);
});

describe('an episode', () => {
  const at = (minute: number) => zero + minute * minuteMs;
  test.each<[string, Partial<Situation>, object | null]>([
    ['begins at the zero', {}, { kind: 'begin', beginsAtMs: zero, because: 'credits' }],
    [
      'when the last method left, if that is later',
      { nowMs: at(30), zeroMs: at(25), methodLeftMs: at(25) + 20_000 },
      { kind: 'begin', beginsAtMs: at(26), because: 'method' },
    ],
    [
      'never before the guard was first in command',
      { nowMs: at(30), zeroMs: at(3), inCommandSinceMs: at(29) + 1 },
      { kind: 'begin', beginsAtMs: at(30), because: 'credits' },
    ],
    [
      'which it is from this judgement on at the earliest',
      { nowMs: at(30), zeroMs: at(3), inCommandSinceMs: null },
      { kind: 'begin', beginsAtMs: at(30), because: 'credits' },
    ],
    [
      'nor before the last one ended',
      { nowMs: at(1) + 5000, zeroMs: at(1), lastEpisodeEndMs: at(2) },
      { kind: 'begin', beginsAtMs: at(2), because: 'credits' },
    ],
    ['without a platform there is none', { isCommanding: false }, null],
    [
      'ends with the minute in which the workspace goes on',
      { nowMs: at(5) + 1, standing: [credits], hasOpenEpisode: true, payer: 'method' },
      { kind: 'end', endsAtMs: at(6) },
    ],
    [
      'and where nothing is commanded any more',
      { nowMs: at(5), standing: [credits], hasOpenEpisode: true, isCommanding: false },
      { kind: 'end', endsAtMs: at(6) },
    ],
    ['goes on otherwise', { nowMs: at(5), standing: [credits], hasOpenEpisode: true }, null],
  ])('%s', (_, of, expected) => {
    expect(judge(situation(of)).episode).toEqual(expected);
  });
});
