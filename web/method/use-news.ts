// Back from Stripe's page, what was done there is known within seconds: it is looked for until then.
import { useEffect } from 'react';
import { store } from '../data/use-answer';

const lookAfterSeconds = [1, 2, 4, 7, 12];

export function useNewsOfStripe(isBack: boolean): void {
  useEffect(() => {
    if (!isBack) return;
    const timers = lookAfterSeconds.map((seconds) => setTimeout(() => void store.refreshAll(), seconds * 1000));
    return () => timers.forEach(clearTimeout);
  }, [isBack]);
}
