// The bank's page: agree or refuse.

import { markup } from '../../../domain/mail/markup';
import type { Intent } from '../payments/authentication';
import { money } from './checkout';
import { document } from './sheet';

export function authenticationPage(intent: Intent, problem: string | null): string {
  const what =
    intent.object === 'payment_intent' ? `a payment of ${money(intent.amount, intent.currency)}` : 'saving this card';
  return document(
    'Your bank asks',
    markup`<main>
<p><span class="badge">Sandbox: no real money moves</span></p>
<h1>Your bank asks</h1>
${problem === null ? markup`<p>Do you agree to ${what}?</p>` : markup`<p class="problem" role="alert">${problem}</p>`}
<form class="pay panel" method="post" action="/authenticate/${intent.id}">
<button class="main" name="decision" value="approve">Agree</button>
<button name="decision" value="fail">Refuse</button>
</form>
</main>`,
  );
}
