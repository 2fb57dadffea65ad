// The single values that go over the wire: what they look like, and what they are read as.
import { Type } from '@sinclair/typebox';
import { countryCodes, isCountry } from '../domain/countries';
import { idPattern, idSentence, namePattern, nameSentence } from '../domain/ids';
import { type Nanos, parseUsd } from '../domain/money';
import { hourMs, parseInstant, parseMonth } from '../domain/period';
import { emailLengthMax, emailPattern, isEmail, isLine, linePattern } from '../domain/text';
import { phases } from '../domain/usage';
import { type Scalar, scalar, Unreadable } from './reading';

function matching(pattern: string, expected: string, more: object = {}): Scalar<string, string> {
  const expression = new RegExp(pattern, 'u');
  return scalar({ type: 'string', pattern, ...more }, (value) =>
    typeof value === 'string' && expression.test(value) ? value : new Unreadable(expected),
  );
}

/** Names a workspace, or a grant of one. */
export const Id = matching(idPattern, idSentence, { examples: ['acme'] });

/** Names what the platform runs, in the platform's own words. */
export const Name = matching(namePattern, nameSentence, { examples: ['meta-llama/Llama-3-8B'] });

const instantExpected = 'an RFC 3339 instant such as 2025-01-31T23:59:00Z, from 1970 on';

/** Read as epoch milliseconds. */
export const Instant = scalar<string, number>(
  { type: 'string', format: 'date-time', description: 'RFC 3339, UTC', examples: ['2025-01-31T23:59:00Z'] },
  (value) => instantOf(value) ?? new Unreadable(instantExpected),
);

/** Read as hours since the epoch. */
export const OnTheHour = scalar<string, number>(
  {
    type: 'string',
    format: 'date-time',
    description: 'RFC 3339, on a whole hour of UTC',
    examples: ['2025-01-01T00:00:00Z'],
  },
  (value) => {
    const ms = instantOf(value);
    if (ms === undefined) return new Unreadable(instantExpected);
    return ms % hourMs === 0 ? ms / hourMs : new Unreadable('an instant on a whole hour (UTC)');
  },
);

function instantOf(value: unknown): number | undefined {
  return typeof value === 'string' ? parseInstant(value) : undefined;
}

export const Month = scalar<string, string>(
  { type: 'string', pattern: '^\\d{4}-\\d{2}$', description: 'a UTC calendar month', examples: ['2025-01'] },
  (value) =>
    (typeof value === 'string' ? parseMonth(value) : undefined) ??
    new Unreadable('a month as YYYY-MM, such as 2025-01'),
);

/** A day of UTC, read as it is written. */
export const Day = scalar<string, string>(
  { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'a day of UTC', examples: ['2025-01-31'] },
  (value) =>
    typeof value === 'string' && value.length === 10 && parseInstant(`${value}T00:00:00Z`) !== undefined
      ? value
      : new Unreadable('a day as YYYY-MM-DD, such as 2025-01-31'),
);

// As many dollars as fit 64 bits of nano-dollars.
const usdMax = 9_223_372_036;
const usdKeywords = {
  type: ['string', 'integer'],
  minimum: -usdMax,
  maximum: usdMax,
  pattern: '^-?\\d{1,20}(\\.\\d{1,9})?$',
  examples: ['12.35'],
};

/** US dollars, read exactly: a decimal string, or a whole JSON number, as a fraction has no exact one. */
export function usd(more: {
  readonly description: string;
  readonly refuse?: (amount: Nanos) => string | undefined;
}): Scalar<string | number, Nanos> {
  const { description, refuse = () => undefined } = more;
  return scalar({ ...usdKeywords, description }, (value) => {
    const text = Number.isSafeInteger(value) ? String(value) : value;
    const amount = typeof text === 'string' ? parseUsd(text) : undefined;
    if (amount === undefined) {
      return new Unreadable('US dollars as a decimal string with at most nine decimals, such as "0.02012"');
    }
    const refusal = refuse(amount);
    return refusal === undefined ? amount : new Unreadable(refusal);
  });
}

/** Read as basis points. */
export const Percent = scalar<number | string, number>(
  {
    type: ['number', 'string'],
    minimum: 0,
    maximum: 100,
    pattern: '^(100(\\.0{1,2})?|\\d{1,2}(\\.\\d{1,2})?)$',
    description: '0 to 100, at most two decimals',
  },
  (value) => {
    // Of a number that is no such decimal, such as 1e-7, the text is none either.
    const text = typeof value === 'number' ? String(value) : value;
    const match = typeof text === 'string' ? /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text) : null;
    const basisPoints = match === null ? Number.NaN : Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
    return basisPoints <= 10_000 ? basisPoints : new Unreadable('a percent from 0 to 100 with at most two decimals');
  },
);

/** A text that is not blank and of one line, as it ends up in e-mails and on invoices. */
export function line(lengthMax: number): Scalar<string, string> {
  return scalar({ type: 'string', maxLength: lengthMax, pattern: linePattern }, (value) =>
    typeof value === 'string' && isLine(value, lengthMax)
      ? value
      : new Unreadable(`a text of 1 to ${lengthMax} characters on one line`),
  );
}

export const Email = scalar<string, string>(
  {
    type: 'string',
    format: 'email',
    maxLength: emailLengthMax,
    pattern: emailPattern,
    examples: ['billing@acme.example'],
  },
  (value) =>
    typeof value === 'string' && isEmail(value)
      ? value
      : new Unreadable('an e-mail address such as billing@example.com'),
);

export const Country = scalar<string, string>(
  { type: 'string', enum: countryCodes, description: 'ISO 3166-1 alpha-2', examples: ['DE'] },
  (value) =>
    typeof value === 'string' && isCountry(value)
      ? value
      : new Unreadable('a country by its ISO 3166-1 alpha-2 code in capitals, such as DE'),
);

/** A whole number within limits. */
export function whole(limits: {
  readonly minimum: number;
  readonly maximum: number;
  readonly description?: string;
}): Scalar<number, number> {
  const { minimum, maximum } = limits;
  return scalar({ type: 'integer', ...limits }, (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum
      ? value
      : new Unreadable(`a whole number from ${minimum} to ${maximum}`),
  );
}

/** One of a few words. */
export function words<const Word extends string>(listed: readonly Word[], description?: string): Scalar<Word, Word> {
  return scalar(
    { type: 'string', enum: listed, ...(description === undefined ? {} : { description }) },
    (value) => listed.find((word) => word === value) ?? new Unreadable(`one of ${listed.join(', ')}`),
  );
}

export const Phase = words(phases);

/** What is only answered: nothing reads it. */
export const Amount = Type.String({ description: 'US dollars, exact to nine decimals', examples: ['12.345000000'] });
export const Cents = Type.String({ description: 'US dollars, rounded to the cent', examples: ['12.35'] });
export const UsdPerMinute = Type.String({ description: 'US dollars a minute, exact', examples: ['0.02012'] });
export const Count = Type.Integer({ minimum: 0 });
export const Minutes = Type.Integer({ minimum: 0, description: 'minutes' });
