// Who looks at which workspace, and which view of it.
import { useEffect, useRef } from 'react';
import { useCurrentPlace } from '../address/history';
import { type Place, parseLink } from '../address/place';
import { root } from '../address/root';
import { PlaceContext, useQuestions } from '../address/use-place';
import { LinkedTask } from '../tasks/linked';
import { paintAccent } from './accent';
import { Banners } from './banners';
import { Boundary } from './boundary';
import { Connection } from './connection';
import { Ended } from './ended';
import { Footer, Header } from './frame';
import { Opening } from './opening';
import { PlatformContext, SessionContext, useSessionAnswer } from './session';
import { useStanding } from './standing';
import { ViewOf } from './view-of';

export function App() {
  // Such an address is opened and left, and never gone to from within.
  const token = parseLink(location.pathname.slice(root.length));
  return token === undefined ? <Visit /> : <LinkedTask token={token} />;
}

function Visit() {
  const place = useCurrentPlace();
  if (place === undefined) return <Ended reason="unknown" />;
  return (
    <PlaceContext value={place}>
      <InWorkspace place={place} key={place.workspace} />
    </PlaceContext>
  );
}

function InWorkspace({ place }: { readonly place: Place }) {
  const { value: session, failure } = useSessionAnswer();
  const standing = useStanding();
  const questions = useQuestions();
  useEffect(() => paintAccent(session?.platform.accent), [session]);
  useFocusOnView(place);
  if (failure?.kind === 'ended') return <Ended reason="ended" returnUrl={failure.returnUrl} />;
  if (failure?.kind === 'missing') return <Ended reason="unknown" />;
  // Whether something is to be said above the view is known before the view is drawn, so that nothing moves.
  if (session === undefined || !standing.isKnown) return <Opening failure={failure} />;
  const isTask = place.view === 'task';
  return (
    <SessionContext value={session}>
      <PlatformContext value={session.platform}>
        <Header isTask={isTask} />
        <main id="main" tabIndex={-1}>
          <Boundary key={place.view}>
            {isTask ? undefined : <Banners standing={standing} />}
            <ViewOf place={place} />
          </Boundary>
        </main>
        <Footer isTask={isTask} />
        {/* The gate is asked all the time, in every view. */}
        <Connection of={questions.gate()} />
      </PlatformContext>
    </SessionContext>
  );
}

/** Another view begins at its heading, for the eye and for whoever listens; the first one where the browser puts it. */
function useFocusOnView({ view, rest }: Place): void {
  const shown = [view, ...rest].join('/');
  const last = useRef(shown);
  useEffect(() => {
    if (last.current === shown) return;
    last.current = shown;
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }, [shown]);
}
