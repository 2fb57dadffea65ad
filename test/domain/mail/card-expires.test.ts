import { composeCardExpires } from '../../../domain/mail/card-expires';
import { seller } from './samples';

const card = { brand: 'visa', last4: '4242', expMonth: 3, expYear: 2027 };
const url = 'https://billing.example.com/method/abc';

test('it says which card expires when, and where to replace it', () => {
  const { subject, preheader, text, html } = composeCardExpires(
    { ...card, methodUrl: url },
    { seller, buyerName: 'Acme' },
  );
  expect(subject).toBe('Your card expires: Visa ending 4242, 03/2027');
  expect(preheader.slice(0, 90)).toContain('Visa ending 4242 expires at the end of 03/2027');
  for (const body of [text, html]) {
    for (const said of ['Visa ending 4242', '03/2027', url, 'Acme', seller.name]) expect(body).toContain(said);
  }
});

test('without a page there is no button', () => {
  const { html, text } = composeCardExpires(card, { seller, buyerName: 'Acme' });
  expect(html).not.toContain('<a ');
  expect(text).not.toContain('http');
});

test('a name cannot become markup or another line', () => {
  const { html, text } = composeCardExpires(card, { seller, buyerName: '<b>Acme</b>\r\nBcc: x@y.example' });
  expect(html).toContain('&lt;b&gt;Acme&lt;/b&gt; Bcc');
  expect(text).not.toMatch(/^Bcc:/m);
});
