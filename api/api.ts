// What the routes are made of; made once by whoever builds the app, and passed on.
import type { FastifyBaseLogger } from 'fastify';
import type { Connections } from '../commands/connections';
import type { PdfRenderer } from '../gateways/pdf/render';
import type { RateLimitSettings } from './limits/rate-limits';
import type { BillingPage } from './page/billing-page';

export type Api = Connections & {
  /** Larger bodies of usage are refused, unless their lines may be stored while they arrive. */
  readonly bodyLimitBytes: number;
  /** What a compressed body may unfold to; 256 MiB where left out. */
  readonly unfoldedLimitBytes?: number;
  /** How long a request may take to arrive, head and body, or each block of one without end; 60 s where left out. */
  readonly requestTimeoutMs?: number;
  /** How often anybody may call; as often as he likes where left out. */
  readonly rateLimits?: RateLimitSettings;
  /** Networks whose `X-Forwarded-For` says who a stranger is; nobody's where left out. */
  readonly trustedProxies?: readonly string[];
  /** Usage is refused while what came is not metered for longer; taken always where left out. */
  readonly usageLagLimitMs?: number;
  /** So many connections to Postgres are for storing usage, and the rest for others; 5 where left out. */
  readonly usageConnectionsMax?: number;
  /** How long a batch waits for one of them before it is refused; 10 s where left out. */
  readonly usageWaitMsMax?: number;
  /** What Stripe signs its events with: two while one is exchanged for the other. */
  readonly webhookSecrets?: readonly string[];
  /** Draws invoices. */
  readonly pdf: PdfRenderer;
  /** The billing page; left out: as it is without any settings, and not built. */
  readonly page?: BillingPage;
  readonly log: FastifyBaseLogger;
};

/** What the routes of the billing page are made of. */
export type PagedApi = Api & { readonly page: BillingPage };
