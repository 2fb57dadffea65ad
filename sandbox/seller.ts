// Who sells in a sandbox that was not told: a made-up company, so that invoices look as they will.

const madeUp = {
  SELLER_NAME: 'Example Model Hosting GmbH',
  SELLER_ADDRESS: 'Musterstraße 12|10115 Berlin|Germany',
  SELLER_EMAIL: 'billing@hosting.example',
  SELLER_TAX_IDS: 'VAT DE999999999',
  SELLER_FOOTER: 'Made-up seller of a sandbox: set SELLER_NAME and SELLER_ADDRESS to yours.',
} as const;

/** The settings of the seller. Whoever sets one of them sets them all: nobody's name stands above a made-up tax id. */
export function sandboxSeller(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.keys(madeUp).some((name) => env[name]) ? {} : madeUp;
}
