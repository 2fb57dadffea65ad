// Taking the payment method off the file: asked once more, with what follows from it.
import { useRef, useState } from 'react';
import { usePlace } from '../address/use-place';
import { removeMethod } from '../data/changes';
import { store } from '../data/use-answer';
import { useSession } from '../shell/session';
import { refusalOf } from '../shown/states';

export function RemoveMethod({ name }: { readonly name: string }) {
  const { workspace } = usePlace();
  const { readOnly } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const [said, setSaid] = useState<string>();
  if (readOnly) return undefined;
  const remove = async () => {
    const answered = await removeMethod(workspace);
    if (answered.kind !== 'answer') return setSaid(refusalOf(answered));
    dialog.current?.close();
    await store.refreshAll();
    document.querySelector<HTMLElement>('h1')?.focus();
  };
  return (
    <>
      <button type="button" className="plain" onClick={() => dialog.current?.showModal()}>
        Remove it
      </button>
      <dialog ref={dialog} aria-labelledby="remove">
        <h2 id="remove">Remove {name}?</h2>
        <p>
          Nothing is charged to it any more; a payment that is under way is still carried out. When no credits are left,
          your models are stopped until another payment method is on file.
        </p>
        <p role="alert" className="fault">
          {said}
        </p>
        <div className="acts">
          <button type="button" className="danger" onClick={() => void remove()}>
            Remove it
          </button>
          <button type="button" className="plain" onClick={() => dialog.current?.close()}>
            Keep it
          </button>
        </div>
      </dialog>
    </>
  );
}
