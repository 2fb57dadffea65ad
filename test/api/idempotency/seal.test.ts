import { type Opener, seal, unseal } from '../../../api/idempotency/seal';

const opener: Opener = { credential: 'mb_admin_secret', idempotencyKey: 'k', hash: 'ab'.repeat(32) };

test('an answer is opened by what it was sealed with, and never sealed the same way twice', () => {
  const sealed = seal('{"key": "grüße"}', opener);
  expect(unseal(sealed, opener)).toBe('{"key": "grüße"}');
  expect(sealed.toString('latin1')).not.toContain('key');
  expect(seal('{"key": "grüße"}', opener)).not.toEqual(sealed);
});

test.each<[string, Partial<Opener>]>([
  ['another credential', { credential: 'mb_admin_other' }],
  ['another Idempotency-Key', { idempotencyKey: 'l' }],
  ['another call', { hash: 'cd'.repeat(32) }],
])('%s does not open it', (_, changed) => {
  expect(() => unseal(seal('answer', opener), { ...opener, ...changed })).toThrow();
});

test('one that was changed is not opened', () => {
  const sealed = seal('answer', opener);
  sealed.writeUInt8(sealed.readUInt8(sealed.length - 1) ^ 1, sealed.length - 1);
  expect(() => unseal(sealed, opener)).toThrow();
});
