// Leaving for one of Stripe's pages: asked for once however often the button is pressed, and what went wrong is said.
import { useEffect, useRef, useState } from 'react';
import type { Failure } from '../data/answered';
import { store } from '../data/use-answer';
import { refusalOf } from './states';

type Leaving = { readonly isLeaving: boolean; readonly said?: string; readonly leave: () => void };

export function useLeaving(
  ask: () => Promise<{ readonly kind: 'answer'; readonly value: { readonly url: string } } | Failure>,
): Leaving {
  const [said, setSaid] = useState<string>();
  const [isLeaving, setLeaving] = useState(false);
  const underWay = useRef(false);
  // Whoever goes back from there finds the page as he left it, and may want to go again.
  useEffect(() => {
    const comeBack = () => {
      underWay.current = false;
      setLeaving(false);
    };
    window.addEventListener('pageshow', comeBack);
    return () => window.removeEventListener('pageshow', comeBack);
  }, []);
  const leave = async () => {
    if (underWay.current) return;
    underWay.current = true;
    setLeaving(true);
    const answered = await ask();
    if (answered.kind === 'answer') return location.assign(answered.value.url);
    underWay.current = false;
    setLeaving(false);
    const isAway = answered.kind === 'offline' || answered.kind === 'broken';
    setSaid(isAway ? `${refusalOf(answered)} Nothing was charged.` : refusalOf(answered));
    // What is refused has changed since it was read.
    void store.refreshAll();
  };
  return { isLeaving, ...(said === undefined ? {} : { said }), leave: () => void leave() };
}
