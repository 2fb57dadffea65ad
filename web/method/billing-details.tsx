// What stands on the invoices, and who gets them: filled in by the customer.
import { useId } from 'react';
import type { Answer } from '../../contract/operations';
import { useSession } from '../shell/session';
import type { FieldName } from './billing-form';
import { CountryField, Field, type FieldProps } from './field';
import { useSaving } from './use-saving';

type Workspace = Answer<'getWorkspace'>;

export function BillingDetails({ workspace }: { readonly workspace: Workspace }) {
  const { readOnly } = useSession();
  const { filled, state, fill, save, form } = useSaving(workspace);
  const fieldOfName = (name: FieldName): Pick<FieldProps, 'name' | 'value' | 'fault' | 'readOnly' | 'onChange'> => ({
    name,
    readOnly,
    value: filled[name],
    fault: state.kind === 'refused' ? state.faults.get(name) : undefined,
    onChange: (value) => fill(name, value),
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
