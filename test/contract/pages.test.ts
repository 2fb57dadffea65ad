import fc from 'fast-check';
import { cursor, encodeCursor, limit, numberPart } from '../../contract/pages';
import { PricesQuery } from '../../contract/prices';
import { readAs, readField } from '../../contract/reading';
import { faultPlaces } from '../domain/refusals';

const of = { field: 'it', what: 'the query is' };
const places = (query: object) => faultPlaces(() => readAs(PricesQuery, query, { what: 'the query is' }));

describe('a cursor', () => {
  test('is read as the parts that it was made of, in letters that an address takes', () => {
    const name = fc.string({ unit: fc.constantFrom(...'aZ/+~!:.'), minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(name, fc.constantFrom('', 'acme'), (instanceType, workspace) => {
        const parts = [instanceType, workspace, '2025-01-01T00:00:00Z'];
        const text = encodeCursor(parts);
        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(readAs(PricesQuery, { cursor: text }, { what: 'it is' })).toEqual({ cursor: parts });
      }),
    );
  });

  test.each<[string, unknown]>([
    ['parts of another list', encodeCursor(['acme'])],
    ['an instant that is none', encodeCursor(['L4', '', '2025-02-30T00:00:00Z'])],
    ['no name', encodeCursor(['', '', '2025-01-01T00:00:00Z'])],
    ['letters that are none of its own', `${encodeCursor(['L4', '', '2025-01-01T00:00:00Z'])}!`],
    ['nothing', ''],
    ['two of them', ['a', 'b']],
  ])('is refused with %s', (_, text) => {
    expect(places({ cursor: text })).toEqual(['cursor']);
  });

  test('is refused with a number too long for Postgres', () => {
    const read = (part: string) => readField(cursor(numberPart), encodeCursor([part]), of);
    expect(read('999999999')).toEqual(['999999999']);
    expect(() => read('9999999999')).toThrow('the "next" of the page before');
  });
});

describe('a limit', () => {
  const read = (value: unknown) => readField(limit({ usual: 20, max: 100 }), value, of);

  test.each([
    ['1', 1],
    ['100', 100],
  ])('of %s is read', (text, value) => {
    expect(read(text)).toBe(value);
  });

  test.each(['0', '101', '-1', '1.5', '', 'ten', '1e1', 5, ['1', '2']])('of %p is refused', (value) => {
    expect(() => read(value)).toThrow('a whole number from 1 to 100');
  });
});
