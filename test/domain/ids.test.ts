import fc from 'fast-check';
import {
  billingWorkflowId,
  collectWorkflowId,
  fixedFraction,
  guardWorkflowId,
  idPattern,
  invoiceId,
  invoiceNumber,
  isId,
  isName,
  namePattern,
} from '../../domain/ids';

describe('ids', () => {
  test.each(['a', 'A10Gx4x16', 'H100:2', 'a.b_c-d', '...', '.a', 'x'.repeat(128)])('%s is an id', (id) => {
    expect(isId(id)).toBe(true);
  });

  test.each([['', '.', '..', 'a b', 'ä', 'a/b', 'a\n', 'x'.repeat(129), 7, null, undefined, ['a']]])(
    '%j is none',
    (...values) => {
      for (const value of values) expect(isId(value)).toBe(false);
    },
  );

  test.each(['a', 'meta-llama/Llama-3-8B', '1.0.0+cu118', '.', '"', '\\', '!', '~', 'x'.repeat(200)])(
    '%s is a name',
    (name) => {
      expect(isName(name)).toBe(true);
    },
  );

  test.each([['', 'a b', 'ä', 'a\n', '\0', '\x7f', '\ud800', 'x'.repeat(201), 7, null]])(
    '%j is no name',
    (...values) => {
      for (const value of values) expect(isName(value)).toBe(false);
    },
  );

  test.each([
    ['isId', isId, idPattern],
    ['isName', isName, namePattern],
  ] as const)('%s and its pattern say the same of any text', (_name, isSo, source) => {
    const pattern = new RegExp(source, 'u');
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.string({ unit: fc.constantFrom(...'.a/~! '), maxLength: 3 }),
      fc.string({ unit: fc.constantFrom(...'a~'), minLength: 127, maxLength: 202 }),
    );
    fc.assert(fc.property(texts, (text) => isSo(text) === pattern.test(text)));
  });

  test('business keys are made of what they are about', () => {
    expect(billingWorkflowId('acme', '2025-01')).toBe('billing:acme:2025-01');
    expect(collectWorkflowId('inv:acme', 0)).toBe('collect:inv:acme');
    expect(collectWorkflowId('inv:acme', 2)).toBe('collect:inv:acme:2');
    expect(guardWorkflowId('acme')).toBe('guard:acme');
    expect(invoiceNumber({ workspace: 'acme', number: 1 })).toBe('acme-0001');
    expect(invoiceNumber({ workspace: 'acme', number: 12345 })).toBe('acme-12345');
  });

  test('an invoice id needs no escaping in a URL', () => {
    const id = invoiceId({ workspace: '..', month: '2025-01', kind: 'period', sequence: 1 });
    expect(id).toBe('inv:..:2025-01:period:1');
    expect(new URL(`http://host/v1/invoices/${id}`).pathname).toBe(`/v1/invoices/${id}`);
  });

  test('a fixed fraction is the same for the same text, and spreads neighbouring texts evenly', () => {
    const fractions = Array.from({ length: 10_000 }, (_, n) => fixedFraction(`workspace-${n}`));
    expect(fractions).toEqual(Array.from({ length: 10_000 }, (_, n) => fixedFraction(`workspace-${n}`)));
    const tenths = new Array<number>(10).fill(0);
    for (const fraction of fractions) {
      const tenth = Math.floor(fraction * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
