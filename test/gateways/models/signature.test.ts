import { keyOf, signatureFault, signatureHeaders, toleranceSeconds } from '../../../gateways/models/signature';

// The example of the Standard Webhooks specification's reference libraries.
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' };
const key = keyOf(secret) ?? Buffer.alloc(0);
const nowMs = signed.timestamp * 1000;
const headers = signatureHeaders(key, signed);

test('is that of Standard Webhooks', () => {
  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  expect(signatureFault(key, headers, { body: signed.body, nowMs })).toBeUndefined();
});

test('is found among others, as during a rotation', () => {
  const among = { ...headers, 'webhook-signature': `v1,bm9uZQ== v1a,x ${headers['webhook-signature']}` };
  expect(signatureFault(key, among, { body: signed.body, nowMs })).toBeUndefined();
});

test.each<[string, object, { body?: string; nowMs?: number }, RegExp]>([
  ['another body', {}, { body: '{}' }, /not that of this body/],
  ['another id', { 'webhook-id': 'msg_other' }, {}, /not that of this body/],
  ['an old time', {}, { nowMs: nowMs + (toleranceSeconds + 1) * 1000 }, /within 300 seconds/],
  ['a time to come', {}, { nowMs: nowMs - (toleranceSeconds + 1) * 1000 }, /within 300 seconds/],
  ['no time', { 'webhook-timestamp': 'now' }, {}, /within 300 seconds/],
  ['no signature', { 'webhook-signature': undefined }, {}, /expected the headers/],
  ['another version', { 'webhook-signature': headers['webhook-signature']?.replace('v1', 'v2') }, {}, /not that of/],
])('is refused with %s', (_what, changed, { body = signed.body, nowMs: at = nowMs }, fault) => {
  expect(signatureFault(key, { ...headers, ...changed }, { body, nowMs: at })).toMatch(fault);
});

test.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'secret', `whsec_${'A'.repeat(200)}`, `whsec_${'*'.repeat(40)}`])(
  'has no key in %p',
  (text) => {
    expect(keyOf(text)).toBeUndefined();
  },
);
