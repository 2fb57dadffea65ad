import fc from 'fast-check';
import { messageIdOf, threadIdOf } from '../../../domain/mail/message-ids';

const anything = fc.constantFrom(...'aZ09-_.:=<>@"é \r\n\0', '👩', '3A');
const domain = 'billing.example.com';

describe('a Message-ID', () => {
  test('is made of the key, readably', () => {
    const key = 'invoice:inv:acme:2026-01:regular:1';
    expect(messageIdOf({ key, domain })).toBe(
      '<email=3Ainvoice=3Ainv=3Aacme=3A2026-01=3Aregular=3A1@billing.example.com>',
    );
  });

  test('is a different one for every key, also of a resend and of a thread', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: anything, maxLength: 60 }),
        fc.string({ unit: anything, maxLength: 60 }),
        (one, other) => {
          const [first, second] = [one, other].map((key) => messageIdOf({ key: key, domain }));
          expect(first === second).toBe(one === other);
          expect(first).not.toBe(threadIdOf({ invoice: one, domain }));
        },
      ),
    );
  });

  test('has no character that a header could end or that would have to be quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: anything, maxLength: 80 }), (key) => {
        expect(messageIdOf({ key, domain })).toMatch(/^<[A-Za-z0-9_=-]+@billing\.example\.com>$/);
      }),
    );
  });

  test.each([['evil.example>\r\nBcc: x@y.z'], [''], ['a b.example'], ['.example']])(
    'is refused for the domain %j',
    (bad) => {
      expect(() => messageIdOf({ key: 'k', domain: bad })).toThrow(/expected a domain/);
    },
  );

  test('is refused for a key that no header line can hold', () => {
    expect(() => messageIdOf({ key: ':'.repeat(400), domain })).toThrow(/shorter key/);
  });
});
