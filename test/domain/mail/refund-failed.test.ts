import { composeRefundFailed } from '../../../domain/mail/refund-failed';
import { seller } from './samples';

const facts = {
  number: 'acme-0007',
  cents: '123456',
  to: 'Visa ending 4242',
  buyerName: '<b>Acme</b>\r\nBcc: x@y.example',
};

test('it says how much came back, from where, and that it is not lost', () => {
  const { subject, preheader, text, html } = composeRefundFailed(facts, { seller });
  expect(subject).toBe('Refund of $1,234.56 for invoice acme-0007 came back');
  expect(preheader.slice(0, 90)).toContain('$1,234.56 could not be refunded to Visa ending 4242');
  for (const body of [text, html]) {
    for (const said of ['$1,234.56', 'Visa ending 4242', 'acme-0007', 'still yours']) expect(body).toContain(said);
  }
});

test('a name cannot become markup or another line', () => {
  const { html, text } = composeRefundFailed(facts, { seller });
  expect(html).toContain('&lt;b&gt;Acme&lt;/b&gt; Bcc');
  expect(text).not.toMatch(/^Bcc:/m);
});
