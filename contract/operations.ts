// Every operation of the HTTP API by its id in the OpenAPI document: what it takes and what it answers. The routes
// describe themselves by this, and a test holds the client to it.
import { type TSchema, Type } from '@sinclair/typebox';
import { AuditEntry, AuditQuery } from './audit';
import { Bill, BillPart } from './bill';
import { Address, Billing, BillingEntry, Buyer, Seller } from './billing';
import { BillingPageEntry, BillingPageLink, PageSession } from './billing-page';
import {
  CorrectedBill,
  Correction,
  CorrectionEntry,
  CorrectionQuery,
  CorrectionsQuery,
  VoidEntry,
} from './corrections';
import { CreditNote, CreditNoteEntry, CreditNoteLine, CreditNotesQuery, VoidInvoiceEntry } from './credit-notes';
import {
  CreditMovement,
  Credits,
  CreditsQuery,
  Grant,
  GrantEnd,
  GrantEntry,
  HeldGrant,
  StatementQuery,
} from './credits';
import {
  Dashboard,
  DayOfUsage,
  Forecast,
  HourOfUsage,
  InstanceTypeUsage,
  LateUsage,
  MinuteRange,
  ModelUsage,
  PeriodQuery,
  ReplicaHour,
  UsageDay,
  UsageDays,
  UsageHours,
  UsageHoursQuery,
  UsageReplicas,
  UsageReplicasQuery,
  VersionUsage,
  VoidUsage,
} from './dashboard';
import {
  BounceQuery,
  BounceReceipt,
  Email,
  EmailAddress,
  EmailKey,
  EmailProblem,
  EmailsQuery,
  MailHealth,
  RawMessage,
  Resend,
} from './emails';
import { Episode, EpisodesQuery, EpisodesSummary, EpisodesSummaryQuery } from './episodes';
import { Gate, GateQuery, Gates, GatesQuery, ListedGate, RefusedDeployEntry, RefusedDeployReceipt } from './gate';
import {
  Guard,
  PastDuePause,
  PastDuePauseEntry,
  PastDuePauseRemoval,
  StoppedModel,
  Suspension,
  SuspensionEntry,
  SuspensionLifted,
} from './guard';
import { GuardHealth } from './guard-health';
import { DocumentCsv, DocumentPdf, Invoice, InvoiceLine, InvoicesQuery, UpcomingInvoice } from './invoices';
import { Key, KeyEntry, KeyId, KeyRotation, KeysQuery, NewKey, RotatedKey } from './keys';
import { MeteringHealth, SetAside, SetAsideQuery } from './metering';
import { list, page } from './pages';
import { LinkedInvoice, PaymentLink } from './payment-links';
import { MethodRemoval, PayEntry, PaymentMethod, PayPage, SetupEntry, SetupPage } from './payment-method';
import {
  InvoicePayments,
  InvoicePaymentsQuery,
  Payment,
  PaymentAttempt,
  PaymentEntry,
  PaymentsHealth,
  WriteOffEntry,
} from './payments';
import { Period, PeriodsQuery, WaitingFor } from './periods';
import { Price, PriceEntries, PriceEntry, PricesQuery } from './prices';
import { Problem } from './problems';
import {
  QuarantineDrop,
  QuarantineDropEntry,
  Quarantined,
  QuarantineQuery,
  QuarantineReplay,
  QuarantineReplayEntry,
} from './quarantine';
import { Refund, RefundEntry, RefundPart, RefundsQuery } from './refunds';
import { Day, Id, Month, words } from './scalars';
import type { Wire } from './shape';
import { Source, SourcesQuery } from './sources';
import { StripeEventsHealth } from './stripe-events';
import { Terms, TermsEntry, TermsQuery } from './terms';
import { UsageBatch, UsageEvent, UsageEvents, UsageHeading, UsageLines, UsageReceipt, UsageReport } from './usage';
import { webhookComponents } from './webhook-events';
import {
  EndpointId,
  NewWebhookEndpoint,
  RotatedWebhookSecret,
  WebhookDeliveriesQuery,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointChange,
  WebhookEndpointEntry,
  WebhookEndpointsQuery,
  WebhookEvent,
  WebhookEventsQuery,
  WebhookReplay,
  WebhookReplayed,
  WebhookSecretRotation,
} from './webhooks';
import { Workspace, WorkspaceEntry, WorkspacesQuery } from './workspaces';

const inWorkspace = Type.Object({ workspace: Id });
const ofNote = Type.Object({ note: Type.String() });
const ofLink = Type.Object({ token: Type.String() });
const ofKey = Type.Object({ id: KeyId });
const ofInvoice = Type.Object({ invoice: Type.String() });
const ofEndpoint = Type.Object({ endpoint: EndpointId });

export const operations = {
  live: { answers: { 200: Type.Object({ status: words(['live']) }) } },
  ready: {
    answers: {
      200: Type.Object({
        status: words(['ready']),
        payments: words(
          ['off', 'ok', 'misconfigured', 'failing'],
          'misconfigured: Stripe refuses our key, its mode or the API version; what fails, /health/payments says',
        ),
      }),
    },
  },
  meteringHealth: { answers: { 200: MeteringHealth } },
  paymentsHealth: { answers: { 200: PaymentsHealth } },
  guardHealth: { answers: { 200: GuardHealth } },
  mailHealth: { answers: { 200: MailHealth } },
  stripeEventsHealth: { answers: { 200: StripeEventsHealth } },
  listSetAside: { query: SetAsideQuery, answers: { 200: page(SetAside) } },
  listAudit: { query: AuditQuery, answers: { 200: page(AuditEntry) } },
  createKey: { body: KeyEntry, answers: { 201: NewKey } },
  listKeys: { query: KeysQuery, answers: { 200: page(Key) } },
  rotateKey: { params: ofKey, body: KeyRotation, answers: { 201: RotatedKey } },
  revokeKey: { params: ofKey, answers: { 200: Key } },
  recordUsage: { query: UsageHeading, body: UsageBatch, answers: { 202: UsageReceipt } },
  getUsage: { params: inWorkspace, query: PeriodQuery, answers: { 200: Dashboard } },
  getUsageHours: { params: inWorkspace, query: UsageHoursQuery, answers: { 200: UsageHours } },
  getUsageDay: { params: Type.Object({ workspace: Id, day: Day }), answers: { 200: UsageDay } },
  getUsageDays: { params: inWorkspace, query: PeriodQuery, answers: { 200: UsageDays } },
  getUsageReplicas: { params: inWorkspace, query: UsageReplicasQuery, answers: { 200: UsageReplicas } },
  listQuarantine: { query: QuarantineQuery, answers: { 200: page(Quarantined) } },
  replayQuarantine: { body: QuarantineReplayEntry, answers: { 200: QuarantineReplay, 202: QuarantineReplay } },
  dropQuarantined: { body: QuarantineDropEntry, answers: { 200: QuarantineDrop } },
  listSources: { query: SourcesQuery, answers: { 200: page(Source) } },
  putPrices: { body: PriceEntries, answers: { 200: list(Price) } },
  listPrices: { query: PricesQuery, answers: { 200: page(Price) } },
  putWorkspace: { params: inWorkspace, body: WorkspaceEntry, answers: { 200: Workspace, 201: Workspace } },
  getWorkspace: { params: inWorkspace, answers: { 200: Workspace } },
  changeBilling: { params: inWorkspace, body: BillingEntry, answers: { 200: Workspace } },
  listWorkspaces: { query: WorkspacesQuery, answers: { 200: page(Workspace) } },
  makeBillingPage: { params: inWorkspace, body: BillingPageEntry, answers: { 200: BillingPageLink } },
  getPageSession: { params: inWorkspace, answers: { 200: PageSession } },
  getPaymentLink: { params: ofLink, answers: { 200: PaymentLink } },
  startLinkedTask: { params: ofLink, answers: { 200: PayPage } },
  putTerms: { params: inWorkspace, body: TermsEntry, answers: { 200: Terms } },
  listTerms: { params: inWorkspace, query: TermsQuery, answers: { 200: page(Terms) } },
  addGrant: { params: inWorkspace, body: GrantEntry, answers: { 200: Grant, 201: Grant } },
  endGrant: { params: Type.Object({ workspace: Id, key: Id }), body: GrantEnd, answers: { 200: Grant } },
  getCredits: { params: inWorkspace, query: CreditsQuery, answers: { 200: Credits } },
  listCreditMovements: { params: inWorkspace, query: StatementQuery, answers: { 200: page(CreditMovement) } },
  getForecast: { params: inWorkspace, query: PeriodQuery, answers: { 200: Forecast } },
  listInvoices: { params: inWorkspace, query: InvoicesQuery, answers: { 200: page(Invoice) } },
  getInvoice: { params: ofInvoice, answers: { 200: Invoice } },
  getInvoicePayments: { params: ofInvoice, query: InvoicePaymentsQuery, answers: { 200: InvoicePayments } },
  payInvoice: { params: ofInvoice, body: PayEntry, answers: { 200: PayPage } },
  recordPayment: { params: ofInvoice, body: PaymentEntry, answers: { 200: Payment, 201: Payment } },
  writeOffInvoice: { params: ofInvoice, body: WriteOffEntry, answers: { 200: Invoice } },
  getInvoicePdf: { params: ofInvoice, media: 'application/pdf', answers: { 200: DocumentPdf } },
  getInvoiceCsv: { params: ofInvoice, media: 'text/csv', answers: { 200: DocumentCsv } },
  getInvoiceUsageCsv: { params: ofInvoice, media: 'text/csv', answers: { 200: DocumentCsv } },
  creditInvoice: { params: ofInvoice, body: CreditNoteEntry, answers: { 200: CreditNote, 201: CreditNote } },
  voidInvoice: { params: ofInvoice, body: VoidInvoiceEntry, answers: { 200: CreditNote, 201: CreditNote } },
  correctUsage: {
    params: inWorkspace,
    query: CorrectionQuery,
    body: CorrectionEntry,
    answers: { 200: Correction, 201: Correction },
  },
  listCorrections: { params: inWorkspace, query: CorrectionsQuery, answers: { 200: page(Correction) } },
  getCorrection: { params: Type.Object({ workspace: Id, key: Id }), answers: { 200: Correction } },
  takeCorrectionBack: { params: Type.Object({ workspace: Id, key: Id }), answers: { 200: Correction } },
  listCreditNotes: { params: ofInvoice, query: CreditNotesQuery, answers: { 200: page(CreditNote) } },
  getCreditNote: { params: ofNote, answers: { 200: CreditNote } },
  getCreditNotePdf: { params: ofNote, media: 'application/pdf', answers: { 200: DocumentPdf } },
  getCreditNoteCsv: { params: ofNote, media: 'text/csv', answers: { 200: DocumentCsv } },
  refundInvoice: { params: ofInvoice, body: RefundEntry, answers: { 200: Refund, 201: Refund } },
  listRefunds: { params: ofInvoice, query: RefundsQuery, answers: { 200: page(Refund) } },
  getUpcomingInvoice: { params: inWorkspace, query: PeriodQuery, answers: { 200: UpcomingInvoice } },
  listPeriods: { params: inWorkspace, query: PeriodsQuery, answers: { 200: page(Period) } },
  closePeriod: { params: Type.Object({ workspace: Id, month: Month }), answers: { 200: Period, 202: Period } },
  startPaymentMethodSetup: { params: inWorkspace, body: SetupEntry, answers: { 200: SetupPage } },
  getPaymentMethod: { params: inWorkspace, answers: { 200: PaymentMethod } },
  removePaymentMethod: { params: inWorkspace, answers: { 200: MethodRemoval } },
  getGate: { params: inWorkspace, query: GateQuery, answers: { 200: Gate } },
  listGates: { query: GatesQuery, answers: { 200: Gates } },
  reportRefusedDeploy: { params: inWorkspace, body: RefusedDeployEntry, answers: { 200: RefusedDeployReceipt } },
  getGuard: { params: inWorkspace, answers: { 200: Guard } },
  suspendWorkspace: { params: inWorkspace, body: SuspensionEntry, answers: { 200: Suspension, 201: Suspension } },
  liftSuspension: { params: inWorkspace, answers: { 200: SuspensionLifted } },
  pausePastDue: { params: inWorkspace, body: PastDuePauseEntry, answers: { 200: PastDuePause } },
  endPastDuePause: { params: inWorkspace, answers: { 200: PastDuePauseRemoval } },
  listEmails: { params: inWorkspace, query: EmailsQuery, answers: { 200: page(Email) } },
  resendEmail: { params: Type.Object({ key: EmailKey }), body: Resend, answers: { 200: Email, 202: Email } },
  listEpisodes: { query: EpisodesQuery, answers: { 200: page(Episode) } },
  summarizeEpisodes: { query: EpisodesSummaryQuery, answers: { 200: EpisodesSummary } },
  recordBounce: { query: BounceQuery, body: RawMessage, answers: { 200: BounceReceipt } },
  createWebhookEndpoint: { body: WebhookEndpointEntry, answers: { 201: NewWebhookEndpoint } },
  listWebhookEndpoints: { query: WebhookEndpointsQuery, answers: { 200: page(WebhookEndpoint) } },
  getWebhookEndpoint: { params: ofEndpoint, answers: { 200: WebhookEndpoint } },
  changeWebhookEndpoint: { params: ofEndpoint, body: WebhookEndpointChange, answers: { 200: WebhookEndpoint } },
  removeWebhookEndpoint: { params: ofEndpoint, answers: { 200: WebhookEndpoint } },
  rotateWebhookSecret: { params: ofEndpoint, body: WebhookSecretRotation, answers: { 201: RotatedWebhookSecret } },
  testWebhookEndpoint: { params: ofEndpoint, answers: { 202: WebhookEvent } },
  replayWebhooks: { params: ofEndpoint, body: WebhookReplay, answers: { 202: WebhookReplayed } },
  listWebhookEvents: { query: WebhookEventsQuery, answers: { 200: page(WebhookEvent) } },
  listWebhookDeliveries: { query: WebhookDeliveriesQuery, answers: { 200: page(WebhookDelivery) } },
} as const satisfies Record<string, Operation>;

export type Operation = {
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** What is answered, where that is not JSON. */
  readonly media?: string;
  readonly answers: { readonly [status in 200 | 201 | 202]?: TSchema };
};

export type OperationId = keyof typeof operations;

type Answers = { readonly [Id in OperationId]: (typeof operations)[Id]['answers'] };

/** What an operation answers when it succeeds. */
export type Answer<Id extends OperationId> = Answers[Id] extends {
  readonly [status: number]: infer Schema extends TSchema;
}
  ? Wire<Schema>
  : never;

/** The components of the OpenAPI document, each under its `$id`. */
export const components: readonly TSchema[] = [
  Problem,
  UsageReport,
  UsageBatch,
  UsageEvent,
  UsageEvents,
  UsageLines,
  UsageReceipt,
  AuditEntry,
  KeyEntry,
  Key,
  NewKey,
  KeyRotation,
  RotatedKey,
  PriceEntry,
  Price,
  BillingEntry,
  WorkspaceEntry,
  Address,
  Billing,
  Workspace,
  BillingPageEntry,
  BillingPageLink,
  PageSession,
  PaymentLink,
  LinkedInvoice,
  TermsEntry,
  Terms,
  GrantEntry,
  Grant,
  GrantEnd,
  HeldGrant,
  Credits,
  CreditMovement,
  Forecast,
  Bill,
  BillPart,
  Dashboard,
  ModelUsage,
  VersionUsage,
  InstanceTypeUsage,
  LateUsage,
  UsageHours,
  HourOfUsage,
  UsageDays,
  UsageDay,
  DayOfUsage,
  UsageReplicas,
  ReplicaHour,
  MinuteRange,
  Seller,
  Buyer,
  InvoiceLine,
  Invoice,
  UpcomingInvoice,
  PaymentEntry,
  Payment,
  PaymentAttempt,
  InvoicePayments,
  WriteOffEntry,
  CreditNoteEntry,
  CreditNoteLine,
  CreditNote,
  VoidInvoiceEntry,
  VoidEntry,
  CorrectionEntry,
  CorrectedBill,
  Correction,
  VoidUsage,
  RefundEntry,
  RefundPart,
  Refund,
  Period,
  WaitingFor,
  SetupEntry,
  SetupPage,
  PayEntry,
  PayPage,
  PaymentMethod,
  MethodRemoval,
  Gate,
  ListedGate,
  RefusedDeployEntry,
  RefusedDeployReceipt,
  Guard,
  SuspensionEntry,
  Suspension,
  SuspensionLifted,
  StoppedModel,
  PastDuePauseEntry,
  PastDuePause,
  PastDuePauseRemoval,
  Source,
  SetAside,
  MeteringHealth,
  Quarantined,
  QuarantineReplayEntry,
  QuarantineReplay,
  QuarantineDropEntry,
  QuarantineDrop,
  Email,
  EmailAddress,
  EmailProblem,
  Resend,
  BounceReceipt,
  GuardHealth,
  MailHealth,
  PaymentsHealth,
  StripeEventsHealth,
  Episode,
  EpisodesSummary,
  WebhookEndpointEntry,
  WebhookEndpointChange,
  WebhookEndpoint,
  NewWebhookEndpoint,
  WebhookSecretRotation,
  RotatedWebhookSecret,
  WebhookReplay,
  WebhookReplayed,
  WebhookEvent,
  WebhookDelivery,
  ...webhookComponents,
];
