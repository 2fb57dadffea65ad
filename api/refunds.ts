// Refunds as they are answered.
import type { Refund, RefundPart } from '../contract/refunds';
import type { StoredPart, StoredRefund } from '../db/payments/refunds';
import { formatCents } from '../domain/money';
import { formatInstant } from '../domain/period';
import { refundState } from '../domain/refunds';

export function refundShape(refund: StoredRefund, parts: readonly StoredPart[]): Refund {
  const { key, invoice, workspace, reason, because, creditNote } = refund;
  return {
    key,
    invoice,
    workspace,
    amount: formatCents(refund.amountCents),
    reason,
    because,
    ...(creditNote === null ? {} : { creditNote }),
    state: refundState(parts),
    madeAt: formatInstant(refund.madeAtMs),
    parts: parts.map(partShape),
  };
}

function partShape({
  number,
  payment,
  label,
  amountCents,
  state,
  refund,
  reference,
  why,
  settledAtMs,
}: StoredPart): RefundPart {
  return {
    number,
    payment,
    ...(label === null ? {} : { method: label }),
    amount: formatCents(amountCents),
    state,
    ...(refund === null ? {} : { refund }),
    ...(reference === null ? {} : { reference }),
    ...(why === null ? {} : { why }),
    ...(settledAtMs === null ? {} : { settledAt: formatInstant(settledAtMs) }),
  };
}
