// Who billed whom, as the invoice has it.
import type { Answer } from '../../contract/operations';
import { addressLinesOf } from '../../domain/address';

type Invoice = Pick<Answer<'getInvoice'>, 'seller' | 'buyer'>;

export function Parties({ invoice: { seller, buyer } }: { readonly invoice: Invoice }) {
  return (
    <section className="parties" aria-label="From and to">
      <div>
        <h2>From</h2>
        <Address
          lines={[seller.name, ...seller.addressLines, ...seller.taxIds, ...(seller.email ? [seller.email] : [])]}
        />
      </div>
      <div>
        <h2>To</h2>
        <Address lines={buyerLines(buyer)} />
      </div>
    </section>
  );
}

function buyerLines({ name, address, taxId, purchaseOrder, emails }: Invoice['buyer']): readonly string[] {
  return [
    name,
    ...(address === undefined ? [] : addressLinesOf({ line2: null, region: null, ...address }, (text) => text)),
    ...(taxId === undefined ? [] : [taxId]),
    ...(purchaseOrder === undefined ? [] : [`Purchase order ${purchaseOrder}`]),
    ...emails,
  ];
}

function Address({ lines }: { readonly lines: readonly string[] }) {
  return (
    <address>
      {lines.map((line) => (
        <bdi key={line}>{line}</bdi>
      ))}
    </address>
  );
}
