// One invoice as a page: what it says, how it stands, and everything that has happened with it.
import type { Answer } from '../../contract/operations';
import { Link } from '../address/link';
import { useHref, usePlace, useQuestions } from '../address/use-place';
import { questionsOfInvoice } from '../data/questions';
import { useAnswer, useSettled } from '../data/use-answer';
import { Downloads } from '../invoices/invoices';
import { Status } from '../invoices/status';
import { isOpen } from '../method/to-pay';
import { useNewsOfStripe } from '../method/use-news';
import { Lines } from '../pay/lines';
import { Off, Row, Totals } from '../pay/totals';
import { View } from '../shell/view';
import { day, dollars, isZero, monthTitle } from '../shown/format';
import { Shown, Trouble } from '../shown/states';
import { Collecting } from './collecting';
import { Emails } from './emails';
import { Notes } from './notes';
import { Parties } from './parties';
import { Payments } from './payments';

type Invoice = Answer<'getInvoice'>;

export function InvoiceView({ invoice: id }: { readonly invoice: string }) {
  const { query } = usePlace();
  const questions = questionsOfInvoice(id);
  const inWorkspace = useQuestions();
  const known = useAnswer(questions.invoice());
  const isReady = useSettled([
    questions.invoice(),
    questions.payments(),
    questions.notes(),
    questions.refunds(),
    inWorkspace.emails(id),
  ]);
  useNewsOfStripe(query['back'] !== undefined);
  return (
    <View
      title={known.value === undefined ? 'Invoice' : `Invoice ${known.value.number}`}
      said={<AllInvoices />}
      isReady={isReady}
      twins={[
        { name: 'invoice', of: questions.invoice() },
        { name: 'payments', of: questions.payments() },
        { name: 'credit notes', of: questions.notes() },
        { name: 'refunds', of: questions.refunds() },
        { name: 'e-mails', of: inWorkspace.emails(id) },
      ]}
    >
      <Shown of={known} missing={<Trouble failure={{ kind: 'missing' }} />}>
        {(invoice) => <Whole invoice={invoice} />}
      </Shown>
    </View>
  );
}

function AllInvoices() {
  return <Link to={useHref()('invoices')}>All invoices</Link>;
}

function Whole({ invoice }: { readonly invoice: Invoice }) {
  const { bill, lines, period, issuedAt } = invoice;
  return (
    <>
      <p className="amount">
        <span className="value">{dollars(bill.total)}</span>
        <span className="note">
          <Status of={invoice} /> Usage of {monthTitle(period)}, issued {day(issuedAt)}
        </span>
      </p>
      <Downloads id={invoice.id} number={invoice.number} />
      {isOpen(invoice) ? <Collecting invoice={invoice} /> : undefined}
      <Lines lines={lines} of={period} />
      <Totals bill={bill} lines={lines} />
      <Standing invoice={invoice} />
      <Payments invoice={invoice} />
      <Notes invoice={invoice} />
      <Emails invoice={invoice.id} />
      <Parties invoice={invoice} />
    </>
  );
}

/** On from the total to what is still to be paid; nothing is said where nothing has happened. */
function Standing({ invoice }: { readonly invoice: Invoice }) {
  const { paid, returned, refunded, credited, writtenOff, remaining } = invoice;
  if ([paid, returned, refunded, credited, writtenOff].every(isZero)) return undefined;
  return (
    <dl className="totals">
      <Off name="Credited" amount={credited} />
      <Off name="Written off: usage after your credits ran out" amount={writtenOff} />
      <Off name="Paid" amount={paid} />
      {isZero(returned) ? undefined : <Row name="Taken back by banks" value={dollars(returned)} />}
      {isZero(refunded) ? undefined : <Row name="Refunded" value={dollars(refunded)} />}
      <Row name="Still to be paid" value={dollars(remaining)} isTotal />
    </dl>
  );
}
