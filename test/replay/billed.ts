import type { Bill } from '../../contract/bill';
import type { Dashboard } from '../../contract/dashboard';
import type { Invoice } from '../../contract/invoices';
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

export function billedOf(workspace: string, total = bill.total): Billed {
  const invoice: Invoice = {
    id: `inv:${workspace}:2025-01`,
    number: `${workspace}-0001`,
    workspace,
    period: '2025-01',
    status: 'issued',
    issuedAt: '2025-02-01T00:05:00Z',
    closedBecause: 'complete',
    currency: 'USD',
    lines: [],
    parts: [],
    bill: { ...bill, total },
  };
  return { workspace, month: '2025-01', dashboard, invoice };
}
