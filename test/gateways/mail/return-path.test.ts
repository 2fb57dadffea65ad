import fc from 'fast-check';
import { isReturnToken, readReturnPath, returnPath, returnToken } from '../../../gateways/mail/return-path';

const of = { secret: 's'.repeat(32), emailKey: 'invoice:acme-0003', address: 'accounts@acme.example' };
const domain = 'bounces.example.com';

describe('a return path', () => {
  test('carries a token that is found again, also where capitals were lost', () => {
    const path = returnPath({ ...of, domain });
    expect(path).toMatch(/^b-[a-z2-7]{32}@bounces\.example\.com$/);
    for (const recipient of [path, path.toUpperCase(), `<${path}>`, ` ${path} `]) {
      const token = readReturnPath(recipient, 'Bounces.Example.com') ?? '';
      expect(token).toBe(returnToken(of));
      expect(isReturnToken(token, of)).toBe(true);
    }
  });

  test('is another for another mail, address or secret', () => {
    const others = [
      { ...of, emailKey: 'invoice:acme-0004' },
      { ...of, address: 'account@sacme.example' },
      { ...of, secret: 't'.repeat(32) },
      // The same characters shared out differently.
      { ...of, emailKey: 'invoice:acme-0003a', address: 'ccounts@acme.example' },
    ];
    const tokens = [of, ...others].map(returnToken);
    expect(new Set(tokens).size).toBe(tokens.length);
    for (const other of others) expect(isReturnToken(returnToken(other), of)).toBe(false);
  });

  test.each([
    ['another domain', `b-${'a'.repeat(32)}@evil.example`],
    ['no token', 'postmaster@bounces.example.com'],
    ['a short token', `b-${'a'.repeat(31)}@bounces.example.com`],
    ['characters that no token has', `b-${'1'.repeat(32)}@bounces.example.com`],
    ['two @', `b-${'a'.repeat(32)}@bounces.example.com@bounces.example.com`],
    ['nothing', ''],
    ['line ends', `b-${'a'.repeat(32)}@bounces.example.com\r\nx`],
  ])('is none with %s', (_, recipient) => {
    expect(readReturnPath(recipient, domain)).toBeUndefined();
  });

  test('is told from guesses, of whatever form', () => {
    fc.assert(fc.property(fc.string(), (guess) => !isReturnToken(guess, of)));
  });

  test('needs a secret that cannot be guessed, and a domain', () => {
    expect(() => returnToken({ ...of, secret: 'short' })).toThrow(/at least 32/);
    expect(() => returnPath({ ...of, domain: 'a b' })).toThrow(RangeError);
  });
});
