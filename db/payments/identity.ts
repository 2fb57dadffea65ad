// Who this Minutebook is to the payment processor and to the links that it sends.
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type Identity = {
  /** Tells it from others that share an account at the processor. */
  readonly minutebook: string;
  /** What the tokens of links are derived by. */
  readonly linkSecret: Buffer;
};

const selectIdentity = statement<{ minutebook: string; link_secret: Buffer }>(`
  select minutebook, link_secret from payment_identity`);

export async function readIdentity(db: Db): Promise<Identity> {
  const [row] = await selectIdentity(db);
  if (row === undefined) throw new Error('payment_identity is empty: insert into payment_identity default values');
  return { minutebook: row.minutebook, linkSecret: row.link_secret };
}
