// Whose page this is, and what may be done on it.
import { createContext, useContext } from 'react';
import type { Answer } from '../../contract/operations';
import { useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';

export type Session = Answer<'getPageSession'>;

/** Whose page it looks like: also where there is no session, as behind the link of an e-mail. */
export const PlatformContext = createContext<Session['platform']>({ name: '' });

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('useSession: there is none yet');
  return session;
}

export function useSessionAnswer() {
  return useAnswer(useQuestions().session());
}
