// Invoices: listed, shown, and kept as files.
import { writeFile } from 'node:fs/promises';
import type { Invoice, InvoiceLine } from '../../contract/invoices';
import { type Command, needed, textOf } from '../command';

export const invoiceCommands: readonly Command[] = [
  {
    usage: 'invoices WORKSPACE',
    help: 'list the invoices of a workspace, the newest first',
    run: async ({ client, print }, given) =>
      print.table<Invoice>((await client()).listInvoices(needed(given, 'WORKSPACE'), { lines: 'none' }), {
        invoice: ({ id }) => id,
        number: ({ number }) => number,
        period: ({ period }) => period,
        status: ({ status }) => status,
        'total USD>': ({ bill }) => bill.total,
        'to pay USD>': ({ remaining }) => remaining,
        due: ({ dueAt }) => dueAt,
      }),
  },
  {
    usage: 'invoice INVOICE',
    help: 'show an invoice, and keep it as a file',
    options: {
      pdf: { value: 'FILE', help: 'keep it as PDF' },
      csv: { value: 'FILE', help: 'keep its lines as CSV' },
      'usage-csv': { value: 'FILE', help: 'keep every hour that it billed as CSV' },
    },
    run: async ({ client, print }, given) => {
      const id = needed(given, 'INVOICE');
      const api = await client();
      const files = {
        pdf: () => api.getInvoicePdf(id),
        csv: () => api.getInvoiceCsv(id),
        'usage-csv': () => api.getInvoiceUsageCsv(id),
      };
      const invoice = await api.getInvoice(id);
      for (const [name, download] of Object.entries(files)) {
        const file = textOf(given, name);
        if (file !== undefined) await writeFile(file, await download());
      }
      if (given.options['json'] === true) return print.one(invoice, {});
      await print.table<InvoiceLine>(invoice.lines, {
        line: ({ description }) => description,
        period: ({ period }) => period,
        'minutes>': ({ replicaMinutes }) => replicaMinutes,
        'USD>': ({ amount }) => amount,
      });
      print.say('');
      print.one(invoice, {
        invoice: invoice.id,
        number: invoice.number,
        status: invoice.status,
        issued: invoice.issuedAt,
        total: invoice.bill.total,
        'to pay': invoice.remaining,
        due: invoice.dueAt,
      });
    },
  },
];
