import { conditionsOf } from '../../domain/conditions';
import { dayMs, monthHours, parseInstant } from '../../domain/period';
import { completeTerms } from '../../domain/terms';

const issuedAtMs = parseInstant('2025-02-01T00:10:00Z') ?? 0;
const conditions = (...terms: Parameters<typeof conditionsOf>[0]['terms']) =>
  conditionsOf({ terms, month: '2025-01', issuedAtMs });
const invoice = completeTerms({ plan: 'enterprise', collection: 'invoice' });
const { to } = monthHours('2025-01');

test('without terms an invoice is charged, and due at its issue', () => {
  expect(conditions()).toEqual({ collection: 'charge', dueAtMs: issuedAtMs });
});

test('those of the last hour of the period count', () => {
  const net30 = { collection: 'invoice', dueAtMs: issuedAtMs + 30 * dayMs };
  expect(conditions({ fromHour: to - 1, terms: invoice })).toEqual(net30);
  expect(conditions({ fromHour: to, terms: invoice })).toEqual({ collection: 'charge', dueAtMs: issuedAtMs });
  const charged = { fromHour: to - 2, terms: completeTerms({ plan: 'standard', netDays: 3 }) };
  expect(conditions(charged, { fromHour: to - 1, terms: invoice })).toEqual(net30);
  expect(conditions({ fromHour: 0, terms: invoice }, charged)).toEqual({
    collection: 'charge',
    dueAtMs: issuedAtMs + 3 * dayMs,
  });
});
