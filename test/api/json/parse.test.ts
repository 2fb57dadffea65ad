import fc from 'fast-check';
import { firstFault } from '../../../api/json/first-fault';
import { parseJson, readJson } from '../../../api/json/parse';
import { depthMax, structureOf } from '../../../api/json/structure';
import { MinutebookError } from '../../../domain/errors';

const bytes = (text: string) => Buffer.from(text);

function refusal(body: Buffer | string): string {
  try {
    parseJson(typeof body === 'string' ? bytes(body) : body);
  } catch (error) {
    if (error instanceof MinutebookError && error.code === 'invalid_request') return error.detail;
    throw error;
  }
  throw new Error('expected a refusal, and it was accepted');
}

test.each<[string, Buffer | string, RegExp]>([
  ['nothing', '', /stops being JSON at position 0 .*, its end/],
  ['a value that is missing', '[{"a": 1,\n "b": }]', /position 16 \(line 2, column 7\)/],
  ['a string without end', '{"a": "b', /position 6/],
  ['a string of 15 MB without end', `["${'x'.repeat(15e6)}`, /position 1 /],
  ['a string of 15 MB and a comma too many', `["${'x'.repeat(15e6)}",]`, /position 15000004 /],
  ['an escape that is none', '["\\x"]', /position 1 /],
  ['a tab in a string', '["\t"]', /position 1 /],
  ['a number that begins with 0', '[01]', /position 2 /],
  ['two values', '1 2', /position 2 /],
  ['brackets without end', '['.repeat(100_000), /at most 64 brackets within each other.* position 64 /],
  ['brackets within brackets', `${'['.repeat(65)}${']'.repeat(65)}`, /position 64 /],
  [
    'a key twice',
    '{"a": 1, "b": {"a": 1, "a": 2}}',
    /each key of an object once; "a" stands there again at position 23/,
  ],
  ['a key twice, spelt in two ways', '{"a": 1, "\\u0061": 2}', /"a" stands there again at position 9/],
  ['a byte that is no UTF-8', Buffer.from([0x22, 0x61, 0xff, 0x22]), /in UTF-8; it stops being that at position 2/],
  ['the same, after a character that stands for such', Buffer.from([0x22, 0xef, 0xbf, 0xbd, 0xff, 0x22]), /position 4/],
  ['a surrogate as bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /in UTF-8; it stops being that at position 1/],
])('%s is refused with its place', (_, body, message) => {
  expect(refusal(body)).toMatch(message);
});

test('a byte order mark is read over, and counted', () => {
  expect(parseJson(bytes('\ufeff{"a":1}'))).toEqual({ a: 1 });
  expect(refusal('\ufeff{')).toMatch(/position 4/);
});

test.each([depthMax, 1])('%i brackets within each other are read', (depth) => {
  expect(parseJson(bytes(`${'['.repeat(depth)}${']'.repeat(depth)}`))).toBeInstanceOf(Array);
});

test('keys are counted whatever stands in texts and wherever objects lie', () => {
  const value = { 'a:b': ':"{', __proto: null, 1: [{ x: {} }, { x: [] }], '\\"': '\\' };
  expect(parseJson(bytes(JSON.stringify(value)))).toEqual(value);
  expect(parseJson(bytes('{"__proto__": 1, "constructor": 2}'))).toEqual(
    JSON.parse('{"__proto__": 1, "constructor": 2}'),
  );
});

// Texts near JSON: one with a few characters changed, left out or put in.
const nearJson = fc
  .tuple(
    fc.json({ maxDepth: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'"\\{}[]:,0-.eE tf\n', '')), { maxLength: 3 }),
  )
  .map(([text, changes]) =>
    changes.reduce((changed, [place, character]) => {
      const at = place % (changed.length + 1);
      return changed.slice(0, at) + character + changed.slice(at + (place % 2));
    }, text),
  );

test('any text is read as the engine reads it, or refused', () => {
  fc.assert(
    fc.property(nearJson, (text) => {
      const read = readJson(bytes(text));
      if ('value' in read) {
        expect(read.value).toEqual(JSON.parse(text));
        return;
      }
      const { fault } = read;
      expect(fault.at).toBeLessThanOrEqual(bytes(text).length);
      if (fault.kind !== 'repeated') expect(() => JSON.parse(text)).toThrow();
    }),
    { numRuns: 2000 },
  );
});

test('a fault is found in every text that is no JSON, and in none that is', () => {
  fc.assert(
    fc.property(nearJson, (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      const fault = firstFault(bytes(text));
      if (fault?.kind !== 'repeated') expect(fault === undefined).toBe(isJson);
    }),
    { numRuns: 2000 },
  );
});

test('the inside of a list ends where the list does', () => {
  expect(structureOf(bytes('{"a":"]"},{"b":[1,2]}],"c":1'))).toMatchObject({
    end: 21,
    comma: 9,
    colons: 2,
    deepest: 2,
  });
  expect(structureOf(bytes('{"a":1},{"b":'))).toMatchObject({
    end: -1,
    comma: 7,
    beforeComma: { colons: 1, deepest: 1 },
  });
});
