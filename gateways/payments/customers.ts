// Customers: one a workspace.
import { MinutebookError } from '../../domain/errors';
import { type Calls, newKey } from './calls';
import { refusedBy } from './failures';
import type { Payments } from './payments';

export function customersOf({ client, make, repeatable }: Calls): Pick<Payments, 'ensureCustomer' | 'updateCustomer'> {
  return {
    // Without name and address, which change: the same key has to have the same body.
    ensureCustomer: async ({ workspace, minutebook, insteadOf }) => {
      const metadata = { workspace, minutebook };
      const lasting = ['customer', minutebook, workspace, ...(insteadOf === undefined ? [] : [insteadOf])].join('/');
      const sent = await make('customers.create', lasting, (key) => client.customers.create({ metadata }, key));
      if (sent.kind === 'answered') return { customer: sent.answer.id };
      throw new MinutebookError({
        code: 'internal',
        detail: `Stripe refuses a customer for ${workspace}: ${sent.why}`,
      });
    },
    updateCustomer: async ({ customer, name, email }) => {
      const sent = await repeatable('customers.update', () =>
        client.customers.update(customer, { name, email }, newKey()),
      );
      return sent.kind === 'answered' ? { kind: 'updated' } : refusedBy(sent);
    },
  };
}
