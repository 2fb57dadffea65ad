import { leadsBack, parseReturnOrigin, refuseElsewhere } from '../../domain/return-origins';

test.each([
  ['https://app.example.com', 'https://app.example.com'],
  ['https://App.Example.com/', 'https://app.example.com'],
  ['https://app.example.com:443', 'https://app.example.com'],
  ['https://app.example.com:8443', 'https://app.example.com:8443'],
  ['http://localhost:3000', 'http://localhost:3000'],
  ['http://127.0.0.1:*', 'http://127.0.0.1:*'],
  ['http://app.example.com', undefined],
  ['http://app.example.com:*', undefined],
  ['https://app.example.com:*', undefined],
  ['https://*.example.com/a', undefined],
  ['https://app.example.com/billing', undefined],
  ['https://app.example.com?', undefined],
  ['https://user@app.example.com', undefined],
  ['javascript:alert(1)', undefined],
  ['app.example.com', undefined],
  ['', undefined],
])('%s is read as %s', (text, origin) => {
  expect(parseReturnOrigin(text)).toBe(origin);
});

const origins = ['https://app.example.com', 'http://localhost:*'];

test.each([
  ['https://app.example.com', true],
  ['https://app.example.com/billing?tab=1#a', true],
  ['http://localhost:5173/billing', true],
  ['http://localhost', true],
  ['https://app.example.com:8443/', false],
  ['https://app.example.com.evil.example/', false],
  ['https://evil.example/?https://app.example.com', false],
  ['https://evil.example\\@app.example.com/', false],
  ['https://evil.example#@app.example.com', false],
  ['http://app.example.com/', false],
  ['http://127.0.0.1:5173/', false],
  ['https://localhost:5173/', false],
])('%s leads back: %s', (address, does) => {
  expect(leadsBack(address, origins)).toBe(does);
});

test('what lies elsewhere is refused with what is expected and what to do, a page of ours never is', () => {
  expect(() => refuseElsewhere('https://evil.example/a?secret', origins)).toThrow(
    /expected an address at https:\/\/app\.example\.com or http:\/\/localhost:\*; came one at https:\/\/evil\.example\. .*RETURN_ORIGINS/,
  );
  expect(() => refuseElsewhere('https://evil.example', [])).toThrow(/expected none, as RETURN_ORIGINS is not set/);
  expect(() => refuseElsewhere(null, [])).not.toThrow();
});
