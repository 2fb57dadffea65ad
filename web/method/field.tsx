// A field of a form: its label, what it expects, and what is wrong with it, tied together for whoever listens.
import { useId } from 'react';
import { countryCodes, countryName } from '../../domain/countries';
import type { FieldName } from './billing-form';

export type FieldProps = {
  readonly name: FieldName;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly fault?: string | undefined;
  readonly autoComplete?: string;
  readonly isOptional?: boolean;
  readonly isLong?: boolean;
  readonly readOnly: boolean;
};

export function Field(props: FieldProps) {
  const { name, label, value, onChange, isOptional = false, isLong = false, readOnly, autoComplete = 'off' } = props;
  const { id, described, notes } = useNotes(props);
  const shared = { id, name, value, readOnly, autoComplete, ...described };
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {isOptional ? <span className="optional"> optional</span> : undefined}
      </label>
      {isLong ? (
        <textarea {...shared} rows={3} onChange={({ target }) => onChange(target.value)} />
      ) : (
        <input {...shared} type="text" onChange={({ target }) => onChange(target.value)} />
      )}
      {notes}
    </div>
  );
}

export function CountryField(props: FieldProps) {
  const { name, label, value, onChange, readOnly, autoComplete } = props;
  const { id, described, notes } = useNotes(props);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        {...{ id, name, value, autoComplete, ...described }}
        disabled={readOnly}
        onChange={({ target }) => onChange(target.value)}
      >
        <option value="">Choose…</option>
        {countries.map(([code, called]) => (
          <option key={code} value={code}>
            {called}
          </option>
        ))}
      </select>
      {notes}
    </div>
  );
}

const countries = countryCodes
  .map((code) => [code, countryName(code)] as const)
  .sort(([, one], [, other]) => one.localeCompare(other));

function useNotes({ hint, fault }: Pick<FieldProps, 'hint' | 'fault'>) {
  const id = useId();
  const ids = [hint === undefined ? '' : `${id}-hint`, fault === undefined ? '' : `${id}-fault`].filter(Boolean);
  return {
    id,
    described: {
      ...(ids.length === 0 ? {} : { 'aria-describedby': ids.join(' ') }),
      ...(fault === undefined ? {} : { 'aria-invalid': true }),
    },
    notes: (
      <>
        {hint === undefined ? undefined : (
          <p className="quiet" id={`${id}-hint`}>
            {hint}
          </p>
        )}
        {fault === undefined ? undefined : (
          <p className="fault" id={`${id}-fault`}>
            {fault}
          </p>
        )}
      </>
    ),
  };
}
