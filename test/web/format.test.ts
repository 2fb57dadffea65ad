import { about, dollars, dollarsExact, dollarsOff, duration, instant, monthTitle } from '../../web/shown/format';

describe('figures', () => {
  test('of money stay exact, however many digits they have', () => {
    expect(dollars('9223372036.854775807')).toMatch(/9.223.372.036[.,]85/);
    expect(dollarsExact('9223372036.854775807')).toContain('854775807');
    expect(dollarsExact('0.020120000')).toMatch(/0[.,]02012/);
    expect(dollars('0.005000000')).toMatch(/0[.,]01/);
  });

  test('that are taken off have a sign, unless they are nothing', () => {
    expect(dollarsOff('12.35')).toMatch(/^[-−].*12[.,]35/);
    expect(dollarsOff('0.00')).toMatch(/^\D?0[.,]00/);
  });

  test('of time are exact to the minute', () => {
    expect([duration(0), duration(59), duration(60), duration(3130)]).toEqual([
      '0 min',
      '59 min',
      '1 h',
      '52 h 10 min',
    ]);
  });

  test('of instants are in UTC, and say so', () => {
    expect(instant('2026-11-30T23:59:00Z')).toMatch(/30.*2026.*UTC$/);
    expect(monthTitle('2026-11')).toMatch(/2026/);
  });

  test('of a time to come are about right, never more than there is', () => {
    expect([about(0), about(1), about(30), about(49)]).toEqual([
      'less than an hour',
      'about an hour',
      'about 30 hours',
      'about 2 days',
    ]);
  });
});
