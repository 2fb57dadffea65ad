// The billing details while they are filled in, and what became of saving them.
import { type FormEvent, useRef, useState } from 'react';
import type { Answer } from '../../contract/operations';
import { usePlace } from '../address/use-place';
import { changeBilling } from '../data/changes';
import { store } from '../data/use-answer';
import { refusalOf } from '../shown/states';
import { entryOf, type FieldName, faultsOf, filledWith } from './billing-form';

type State =
  | { readonly kind: 'editing' | 'saving' | 'saved' }
  | { readonly kind: 'refused'; readonly said: string; readonly faults: ReadonlyMap<FieldName, string> };

export function useSaving(known: Answer<'getWorkspace'>) {
  const { workspace } = usePlace();
  // What somebody is typing is not overwritten by what somebody else saves meanwhile.
  const [filled, setFilled] = useState(() => filledWith(known));
  const [state, setState] = useState<State>({ kind: 'editing' });
  const form = useRef<HTMLFormElement>(null);
  const fill = (name: FieldName, value: string) => {
    setFilled({ ...filled, [name]: value });
    if (state.kind === 'saved') setState({ kind: 'editing' });
  };
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (state.kind === 'saving') return;
    setState({ kind: 'saving' });
    const answered = await changeBilling(workspace, entryOf(filled));
    if (answered.kind === 'answer') {
      setFilled(filledWith(answered.value));
      setState({ kind: 'saved' });
      await store.refreshAll();
      return;
    }
    const faults = faultsOf(answered, filled);
    setState({
      kind: 'refused',
      faults,
      said: faults.size === 0 ? refusalOf(answered) : 'Please correct what is marked.',
    });
    // Once it is drawn.
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
  };
  return { filled, state, fill, save, form };
}
