// Which view an address shows.
import type { ReactNode } from 'react';
import type { Place } from '../address/place';
import { CreditsView } from '../credits/credits';
import { InvoiceView } from '../invoice/invoice';
import { InvoicesView } from '../invoices/invoices';
import { LineView } from '../line/line';
import { PaymentView } from '../method/payment';
import { BillView } from '../pay/bill';
import { TaskView } from '../tasks/task';
import { UsageView } from '../usage/usage';

export function ViewOf({ place }: { readonly place: Place }): ReactNode {
  const [first, second] = place.rest;
  switch (place.view) {
    case 'usage':
      return <UsageView />;
    case 'line':
      return <LineView />;
    case 'bill':
      return <BillView />;
    case 'credits':
      return <CreditsView />;
    case 'invoices':
      return first === undefined ? <InvoicesView /> : <InvoiceView invoice={first} key={first} />;
    case 'payment':
      return <PaymentView />;
    case 'task':
      return <TaskView task={first} invoice={second} />;
    default:
      return place.view satisfies never;
  }
}
