import { createFaults, readFault } from '../../../sandbox/mail/faults';

describe('a fault that is asked for', () => {
  test.each([
    [
      { answer: 451, times: 3 },
      { answer: 451, times: 3, at: 'data' },
    ],
    [{ answer: 550 }, { answer: 550, times: 1, at: 'data' }],
    [
      { answer: 'hang', at: 'connect' },
      { answer: 'hang', times: 1, at: 'connect' },
    ],
    [
      { answer: 'drop_after_data', keep: true },
      { answer: 'drop_after_data', times: 1, at: 'data', keep: true },
    ],
    [
      { answer: 552, at: 'rcpt', recipient: 'A@b.example' },
      { answer: 552, times: 1, at: 'rcpt', recipient: 'a@b.example' },
    ],
    [
      { answer: 550, enhanced: '5.7.1' },
      { answer: 550, times: 1, at: 'data', enhanced: '5.7.1' },
    ],
  ])('%j is taken', (body, fault) => {
    expect(readFault(body)).toEqual(fault);
  });

  test.each<[unknown, RegExp]>([
    [undefined, /expected an object/],
    [[], /expected an object/],
    ['451', /expected an object/],
    [{}, /answer must be 451, 550/],
    [{ answer: '451' }, /answer must be 451, 550.*came "451"/],
    [{ answer: 250 }, /answer must be/],
    [{ answer: 451, times: 0 }, /times must be a whole number from 1/],
    [{ answer: 451, times: 1.5 }, /times must be/],
    [{ answer: 451, at: 'rctp' }, /at must be one of connect, mail, rcpt, data/],
    [{ answer: 451, recipients: ['a@b.example'] }, /unknown: recipients/],
    [{ answer: 'drop_after_data', at: 'rcpt' }, /happens at data/],
    [{ answer: 451, at: 'connect', recipient: 'a@b.example' }, /no recipient is known yet/],
    [{ answer: 451, recipient: 5 }, /recipient must be an address/],
    [{ answer: 451, keep: true }, /keep may only be true/],
    [{ answer: 451, enhanced: '5.1.1' }, /of the reply's class/],
    [{ answer: 550, enhanced: 'no' }, /of the reply's class/],
  ])('%j is refused with a sentence', (body, sentence) => {
    expect(readFault(body)).toMatch(sentence);
  });
});

describe('faults', () => {
  test('are shown so many times, the oldest first, each at its stage and to its recipient', () => {
    const faults = createFaults();
    for (const body of [
      { answer: 451, times: 2 },
      { answer: 550, recipient: 'b@x.example' },
      { answer: 421, at: 'connect' },
    ]) {
      const fault = readFault(body);
      if (typeof fault === 'string') throw new Error(fault);
      faults.add(fault);
    }
    const answers = [
      faults.take('rcpt', ['a@x.example']),
      faults.take('connect', []),
      faults.take('connect', []),
      faults.take('data', ['a@x.example']),
      faults.take('data', ['a@x.example']),
      faults.take('data', ['a@x.example']),
      faults.take('data', ['a@x.example', 'B@x.example']),
    ].map((fault) => fault?.answer);
    expect(answers).toEqual([undefined, 421, undefined, 451, 451, undefined, 550]);
    expect(faults.list()).toEqual([]);
  });
});
