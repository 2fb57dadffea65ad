import type { Bill } from '../../contract/bill';
import type { Dashboard } from '../../contract/dashboard';
import type { Invoice, InvoiceLine } from '../../contract/invoices';
import type { Billed } from '../../replay/result/invoices';

export const bill: Bill = {
  listAmount: '100.000010000',
  volumeDiscount: '10.000000000',
  programDiscount: '0.000000000',
  creditsApplied: '30.000000000',
  amountDue: '60.000010000',
  total: '60.00',
};

const noMinutes = { deploying: 0, scaling_up: 0, serving: 0, scaling_down: 0, idle: 0 };

const dashboard: Dashboard = {
  period: '2025-01',
  parts: [],
  meteredThrough: '2025-02-01T00:00:00Z',
  bill,
  models: [
    {
      model: 'chat',
      activeMinutes: 90,
      replicaMinutes: 150,
      listAmount: '100.000010000',
      versions: [
        {
          version: 'v1',
          activeMinutes: 90,
          replicaMinutes: 150,
          listAmount: '100.000010000',
          instanceTypes: [
            {
              instanceType: 'T4x4x16',
              replicaMinutes: 100,
              usdPerMinute: '0.5',
              listAmount: '50.000000000',
              phases: { ...noMinutes, serving: 99, deploying: 2 },
            },
            {
              instanceType: 'T4x4x16',
              replicaMinutes: 50,
              usdPerMinute: '1.0000002',
              listAmount: '50.000010000',
              phases: { ...noMinutes, serving: 50 },
            },
          ],
        },
      ],
    },
  ],
};

function usageLine(period: string, replicaMinutes: number): InvoiceLine {
  return { kind: 'usage', description: 'chat v1 on T4x4x16', period, replicaMinutes, amount: '50.00' };
}

export const lines: readonly InvoiceLine[] = [
  usageLine('2025-01', 100),
  usageLine('2025-01', 50),
  { kind: 'credit', description: 'Credits', period: '2025-01', amount: '-30.00' },
];

export function billedOf(workspace: string, total = bill.total): Billed {
  const { total: _, ...amounts } = bill;
  const invoice: Invoice = {
    id: `inv:${workspace}:2025-01`,
    number: `${workspace}-0001`,
    workspace,
    period: '2025-01',
    status: 'issued',
    issuedAt: '2025-02-01T00:05:00Z',
    dueAt: '2025-02-01T00:05:00Z',
    collection: 'charge',
    seller: { name: 'Seller', addressLines: ['1 Test Street'], taxIds: [] },
    buyer: { name: workspace, emails: [] },
    closedBecause: 'complete',
    currency: 'USD',
    lines,
    bill: { ...bill, total },
    parts: [{ ...amounts, period: '2025-01', late: false }],
    paid: '0.00',
    returned: '0.00',
    refunded: '0.00',
    credited: '0.00',
    writtenOff: '0.00',
    remaining: total,
    toRefund: '0.00',
  };
  return { workspace, month: '2025-01', dashboard: { ...dashboard, bill: invoice.bill }, invoice };
}

/** With ten minutes of December on January's invoice, and seven of January on February's and three on none yet. */
export function billedWithLate(): Billed {
  const { invoice, dashboard, ...rest } = billedOf('acme');
  if (invoice === undefined) throw new Error('it has an invoice');
  const { total: _, ...amounts } = bill;
  const late = { ...amounts, period: '2024-12', late: true, listAmount: '1.230000000' };
  return {
    ...rest,
    invoice: { ...invoice, lines: [usageLine('2024-12', 10), ...lines], parts: [late, ...invoice.parts] },
    dashboard: {
      ...dashboard,
      lateUsage: [{ ...amounts, invoice: 'inv', number: 'acme-0002', period: '2025-02', listAmount: '3.500000000' }],
      unbilled: { listAmount: '1.500000000' },
    },
  };
}
