// Every migration, in order. A merged one never changes.
import { accounts } from './001-accounts';
import { usage } from './002-usage';
import { invoicing } from './003-invoicing';
import { delivery } from './004-delivery';
import { mail } from './005-mail';
import { corrections } from './006-corrections';
import { payments } from './007-payments';
import { guard } from './008-guard';
import { billingPage } from './009-billing-page';
import { overrun } from './010-overrun';
import { idempotency } from './011-idempotency';
import { webhooks } from './012-webhooks';
import { rules } from './013-rules';
import { roles } from './014-roles';

export const migrations: readonly { readonly name: string; readonly up: string }[] = [
  { name: '001-accounts', up: accounts },
  { name: '002-usage', up: usage },
  { name: '003-invoicing', up: invoicing },
  { name: '004-delivery', up: delivery },
  { name: '005-mail', up: mail },
  { name: '006-corrections', up: corrections },
  { name: '007-payments', up: payments },
  { name: '008-guard', up: guard },
  { name: '009-billing-page', up: billingPage },
  { name: '010-overrun', up: overrun },
  { name: '011-idempotency', up: idempotency },
  { name: '012-webhooks', up: webhooks },
  { name: '013-rules', up: rules },
  { name: '014-roles', up: roles },
];

export { checksumOf } from './frozen';
