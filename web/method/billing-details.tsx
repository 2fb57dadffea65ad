// What stands on the invoices, and who gets them: filled in by the customer.
import { type FormEvent, useId, useRef, useState } from 'react';
import type { Answer } from '../../contract/operations';
import type { Problem } from '../../contract/problems';
import { usePlace } from '../address/use-place';
import { changeBilling } from '../data/changes';
import { store } from '../data/use-answer';
import { useSession } from '../shell/session';
import { sentenceOf } from '../shown/states';
import { entryOf, type FieldName, fieldOf, filledWith } from './billing-form';
import { CountryField, Field, type FieldProps } from './field';

type Workspace = Answer<'getWorkspace'>;
type State =
  | { readonly kind: 'editing' | 'saving' | 'saved' }
  | { readonly kind: 'refused'; readonly said: string; readonly faults: ReadonlyMap<FieldName | undefined, string> };

export function BillingDetails({ workspace }: { readonly workspace: Workspace }) {
  const place = usePlace();
  const { readOnly } = useSession();
  // What somebody is typing is not overwritten by what somebody else saves meanwhile.
  const [filled, setFilled] = useState(() => filledWith(workspace));
  const [state, setState] = useState<State>({ kind: 'editing' });
  const form = useRef<HTMLFormElement>(null);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (state.kind === 'saving') return;
    setState({ kind: 'saving' });
    const answered = await changeBilling(place.workspace, entryOf(filled));
    if (answered.kind === 'answer') {
      setFilled(filledWith(answered.value));
      setState({ kind: 'saved' });
      return store.refreshAll();
    }
    const faults = answered.kind === 'refused' ? faultsOf(answered.problem) : new Map();
    setState({
      kind: 'refused',
      faults,
      said: faults.size === 0 ? sentenceOf(answered) : 'Please correct what is marked.',
    });
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
  };
  const fieldOfName = (name: FieldName): Pick<FieldProps, 'name' | 'value' | 'fault' | 'readOnly' | 'onChange'> => ({
    name,
    readOnly,
    value: filled[name],
    fault: state.kind === 'refused' ? state.faults.get(name) : undefined,
    onChange: (value) => {
      setFilled({ ...filled, [name]: value });
      if (state.kind === 'saved') setState({ kind: 'editing' });
    },
  });
  return (
    <section aria-labelledby="details">
      <h2 id="details">Billing details</h2>
      <p className="quiet">They are on the invoices that are issued from now on.</p>
      <form ref={form} onSubmit={(event) => void save(event)} noValidate>
        <Fields of={fieldOfName} workspace={workspace} />
        {readOnly ? undefined : (
          <div className="acts">
            <button type="submit" className="main" aria-disabled={state.kind === 'saving'}>
              {state.kind === 'saving' ? 'Saving…' : 'Save'}
            </button>
            <p role="status">{state.kind === 'saved' ? 'Saved.' : undefined}</p>
          </div>
        )}
        <p role="alert" className="fault">
          {state.kind === 'refused' ? state.said : undefined}
        </p>
      </form>
    </section>
  );
}

function Fields({
  of,
  workspace,
}: {
  readonly of: (name: FieldName) => Pick<FieldProps, 'name' | 'value' | 'fault' | 'readOnly' | 'onChange'>;
  readonly workspace: Workspace;
}) {
  const id = useId();
  const lost = workspace.emailProblems?.map((problem) => problem.address) ?? [];
  return (
    <>
      <Field {...of('name')} label="Name" autoComplete="organization" hint={`Left empty, it is ${workspace.name}`} />
      <fieldset>
        <legend>Address</legend>
        <Field {...of('line1')} label="Street" autoComplete="address-line1" />
        <Field {...of('line2')} label="Suite, floor" isOptional autoComplete="address-line2" />
        <div className="pair">
          <Field {...of('postalCode')} label="Postal code" autoComplete="postal-code" />
          <Field {...of('city')} label="City" autoComplete="address-level2" />
        </div>
        <div className="pair">
          <Field {...of('region')} label="State or region" isOptional autoComplete="address-level1" />
          <CountryField {...of('country')} label="Country" autoComplete="country" />
        </div>
      </fieldset>
      <div className="pair">
        <Field {...of('taxId')} label="Tax id" isOptional hint="As it is printed, such as VAT DE123456789" />
        <Field {...of('purchaseOrder')} label="Purchase order" isOptional />
      </div>
      <Field
        {...of('emails')}
        label="More people who get invoices"
        isOptional
        isLong
        hint={`One address a line, at most five. ${workspace.billingEmail} always gets them; your platform sets that one.`}
      />
      {lost.length === 0 ? undefined : (
        <p className="fault" id={id}>
          Mail to {lost.join(', ')} does not arrive.
        </p>
      )}
    </>
  );
}

function faultsOf({ faults = [] }: Problem): ReadonlyMap<FieldName | undefined, string> {
  return new Map(faults.map((fault) => [fieldOf(fault), fault.message]));
}
