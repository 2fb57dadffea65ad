// Which errors an operation may answer beside those that all of its kind may (api/described/problems).
import type { ErrorCode } from '../domain/errors';
import type { OperationId } from './operations';

// Asks the payment processor.
const charging = ['payments_off', 'payments_misconfigured'] as const;

// Adds up what was used.
const summing = ['sum_too_large'] as const;

export const ownProblems: { readonly [Id in OperationId]?: readonly ErrorCode[] } = {
  createKey: ['not_found', 'conflict'],
  rotateKey: ['conflict'],
  revokeKey: ['conflict'],
  recordUsage: ['invalid_usage', 'metering_behind'],
  replayQuarantine: ['not_found'],
  getUsage: summing,
  getUsageHours: summing,
  getUsageDay: summing,
  getUsageDays: summing,
  getForecast: summing,
  getCredits: summing,
  getUpcomingInvoice: summing,
  putPrices: ['not_found', 'conflict', 'invoiced_hours'],
  putWorkspace: ['workspace_conflict', 'usage_not_kept'],
  makeBillingPage: ['page_off'],
  getPaymentLink: ['link_over'],
  startLinkedTask: ['link_over', 'conflict', ...charging],
  putTerms: ['invoiced_hours'],
  addGrant: ['grant_key_conflict', 'conflict'],
  endGrant: ['conflict'],
  payInvoice: ['conflict', ...charging],
  recordPayment: ['conflict'],
  writeOffInvoice: ['conflict'],
  creditInvoice: ['conflict'],
  voidInvoice: ['conflict', 'usage_not_kept', ...summing],
  correctUsage: ['conflict', 'usage_not_kept', ...summing],
  takeCorrectionBack: ['usage_not_kept'],
  refundInvoice: ['conflict', 'payments_off'],
  closePeriod: ['conflict'],
  startPaymentMethodSetup: charging,
  suspendWorkspace: ['conflict'],
  resendEmail: ['conflict'],
  createWebhookEndpoint: ['conflict'],
  changeWebhookEndpoint: ['conflict'],
  testWebhookEndpoint: ['conflict'],
  replayWebhooks: ['conflict'],
};
