// What stands around every view: whose page it is, the ways to the views, and the way back.
import { type ReactNode, useContext } from 'react';
import { Link } from '../address/link';
import type { View } from '../address/place';
import { root } from '../address/root';
import { useHref, usePlace } from '../address/use-place';
import { PlatformContext, useSession } from './session';

const tabs: readonly { readonly view: View; readonly name: string }[] = [
  { view: 'usage', name: 'Usage' },
  { view: 'bill', name: 'Bill' },
  { view: 'credits', name: 'Credits' },
  { view: 'invoices', name: 'Invoices' },
  { view: 'payment', name: 'Payment' },
];

export function Header({ isTask }: { readonly isTask: boolean }) {
  const { name, readOnly, platform, returnUrl } = useSession();
  const back = returnUrl ?? platform.home;
  return (
    <header>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Masthead
        whose={
          <span className="of">
            <bdi>{name}</bdi>
            {readOnly ? <span className="tag">Read only</span> : undefined}
          </span>
        }
      >
        {back === undefined ? undefined : <a href={back}>Back to {platform.name}</a>}
        {isTask ? undefined : <SignOut />}
      </Masthead>
      {isTask ? undefined : <Tabs />}
    </header>
  );
}

/** Whose page it is, and the ways out of it. */
export function Masthead({ whose, children }: { readonly whose?: ReactNode; readonly children?: ReactNode }) {
  const { name, logo } = useContext(PlatformContext);
  return (
    <div className="masthead">
      <p className="platform">
        {logo === undefined ? <strong>{name}</strong> : <img src={logo} alt={name} height={24} />}
        {whose}
      </p>
      {children === undefined ? undefined : <p className="ways">{children}</p>}
    </div>
  );
}

function SignOut() {
  const { workspace } = usePlace();
  return (
    <form method="post" action={`${root}/billing/${encodeURIComponent(workspace)}/sign-out`}>
      <button type="submit" className="quiet">
        Sign out
      </button>
    </form>
  );
}

function Tabs() {
  const { view } = usePlace();
  const href = useHref();
  // A line of usage is a part of it.
  const shown = view === 'line' ? 'usage' : view;
  return (
    <nav aria-label="Billing" className="tabs">
      <ul>
        {tabs.map((tab) => (
          <li key={tab.view}>
            <Link to={href(tab.view)} aria-current={tab.view === shown ? 'page' : undefined}>
              {tab.name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function Footer({ isTask }: { readonly isTask: boolean }) {
  return (
    <footer>
      <p>
        All times and days are UTC. Amounts are US dollars.
        {isTask ? undefined : (
          <>
            {' '}
            Every view is in the <a href={`${root}/openapi.json`}>API</a>, too.
          </>
        )}
      </p>
    </footer>
  );
}
