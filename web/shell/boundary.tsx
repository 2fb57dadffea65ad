// A view that breaks leaves the rest of the page standing.
import { Component, type ReactNode } from 'react';

type Props = { readonly children: ReactNode };
type State = { readonly isBroken: boolean };

export class Boundary extends Component<Props, State> {
  override state: State = { isBroken: false };

  static getDerivedStateFromError(): State {
    return { isBroken: true };
  }

  override render() {
    if (!this.state.isBroken) return this.props.children;
    return (
      <section className="state" role="alert">
        <h1 tabIndex={-1}>This view is broken</h1>
        <p>That is our mistake, not yours. Your figures are safe, and the other views work.</p>
        <button type="button" onClick={() => location.reload()}>
          Load the page again
        </button>
      </section>
    );
  }
}
