// How a page's answers are compared: a false one has to be found.
import { misfit, stepsOf } from './page-steps';

const page = `# A page

\`\`\`sh
A=1
call $A -d '{
  "x": 1}'
# 202 {"x": 1,
#  "y": …}
call \\
  again
\`\`\`

\`\`\`json
{"not": "run"}
\`\`\`

\`\`\`ts
console.log(1);
// 1
\`\`\`
`;

test('commands, programs and the answers to them are read out of a page in their order', () => {
  expect(stepsOf(page)).toEqual([
    { line: 4, language: 'sh', text: 'A=1', answer: undefined },
    { line: 5, language: 'sh', text: 'call $A -d \'{\n  "x": 1}\'', answer: '202 {"x": 1,\n "y": …}' },
    { line: 9, language: 'sh', text: 'call \\\n  again', answer: undefined },
    { line: 18, language: 'ts', text: 'console.log(1);\n// 1', answer: '1' },
  ]);
});

const came = { out: '{"a":1,"b":[{"c":"two words"}],"d":"255.06"}\n', code: 0, statuses: [201] };

test.each([
  ['the very answer', '201 {"a":1,"b":[{"c":"two words"}],"d":"255.06"}'],
  ['blanks and line ends', '{"a": 1, "b": [\n  {"c": "two words"}],\n "d": "255.06"}'],
  ['… for what is not told', '{"a":…,"d":"255.06"}'],
  ['… for the end', '{"a":1,…}'],
  ['… for nothing', '{"a":1…,"b":[{…}],"d":"255.06"}'],
  ['a status alone', '201'],
  ['nothing said', undefined],
])('%s fits', (_, said) => {
  expect(misfit(said, came)).toBeUndefined();
});

test.each([
  ['another amount', '{"a":1,…,"d":"255.07"}'],
  ['a field that is not there', '{"a":1,…,"e":…}'],
  ['fields in another order', '{…"d":"255.06",…"a":1…}'],
  ['an answer that is longer', '{"a":1,"b":[{"c":"two words"}]'],
  ['one place for two pieces', '{"a":1,…"255.06"…"255.06"}'],
  ['another status', '200 {"a":1,…}'],
])('%s does not', (_, said) => {
  expect(misfit(said, came)).toBeDefined();
});

test('what was refused, or failed, does not fit where the page does not say so', () => {
  expect(misfit(undefined, { out: '', code: 0, statuses: [200, 404] })).toBe('it was answered 404');
  expect(misfit('404 …', { out: '{}', code: 0, statuses: [200, 404] })).toBeUndefined();
  expect(misfit('200', { out: '', code: 0, statuses: [404, 200] })).toBe('it was answered 404');
  expect(misfit(undefined, { out: '', code: 7, statuses: [] })).toBe('it ended with 7');
});
