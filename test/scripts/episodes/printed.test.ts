import type { StoredEpisode } from '../../../db/guard/episodes';
import { cents, nanos } from '../../../domain/money';
import { readOptions } from '../../../scripts/episodes/options';
import { asJson, asText } from '../../../scripts/episodes/printed';
import { at } from '../../db/fixtures';

const gone = at('2026-11-25T10:00:00Z');
const episodes: readonly StoredEpisode[] = [
  {
    workspace: 'acme',
    number: 2,
    beginsAtMs: gone,
    because: 'credits',
    noticedAtMs: gone - 10_000,
    commandedAtMs: gone - 9_900,
    confirmedAtMs: gone - 4_000,
    endsAtMs: null,
    restoredAtMs: null,
    replicaMinutes: 0,
    listNanos: nanos(0n),
    writtenOffCents: null,
  },
  {
    workspace: 'a-longer-name',
    number: 1,
    beginsAtMs: gone - 3_600_000,
    because: 'method',
    noticedAtMs: gone - 3_599_000,
    commandedAtMs: null,
    confirmedAtMs: null,
    endsAtMs: gone,
    restoredAtMs: gone,
    replicaMinutes: 1_200,
    listNanos: nanos(1_234_500_000_000n),
    writtenOffCents: cents(123_450n),
  },
];
const summary = {
  episodes: 2,
  summarized: 2,
  unconfirmed: 1,
  replicaMinutes: { p50: 0, p99: 1_200, max: 1_200 },
  listNanos: { p50: nanos(0n), p99: nanos(1_234_500_000_000n), max: nanos(1_234_500_000_000n) },
  seconds: { p50: 6, p99: 6, max: 6 },
};

test('steps are told in seconds after the credits were gone, and how it all spread below', () => {
  expect(asText({ episodes, summary })).toBe(
    `
workspace      no.       credits gone at  noticed  commanded  confirmed              restored  minutes   dollars  written off
-----------------------------------------------------------------------------------------------------------------------------
acme           2    2026-11-25T10:00:00Z  -10.0 s     -9.9 s     -4.0 s                  open        0      0.00            -
a-longer-name  1    2026-11-25T09:00:00Z    1.0 s          -          -  2026-11-25T10:00:00Z     1200  1,234.50     1,234.50

of 2                     p50       p99      most
------------------------------------------------
minutes                    0      1200      1200
dollars at list prices  0.00  1,234.50  1,234.50
seconds to stop          6.0       6.0       6.0
1 of them not confirmed by every model`.trim(),
  );
  expect(asText({ episodes: [], summary })).toBe('Nothing ran on without credits in this span.');
});

test('as JSON amounts are texts', () => {
  const printed = JSON.parse(asJson({ episodes, summary }));
  expect(printed.episodes[1]).toMatchObject({ listAmount: '1234.500000000', writtenOff: '1234.50' });
  expect(printed.summary.listAmount.p99).toBe('1234.500000000');
});

test('without a span it is the last thirty days; what cannot be is refused', () => {
  expect(readOptions([], gone)).toMatchObject({ toMs: gone, fromMs: gone - 30 * 86_400_000, limit: 50 });
  expect(readOptions(['--help'], gone)).toBeUndefined();
  expect(() => readOptions(['--from', 'yesterday'], gone)).toThrow('expected an instant such as');
  expect(() => readOptions(['--from', '2027-01-01T00:00:00Z'], gone)).toThrow('after --from');
  expect(() => readOptions(['--nonsense'], gone)).toThrow('npm run guard-episodes');
});
