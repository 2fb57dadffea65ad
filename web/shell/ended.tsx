// What stands here when there is nothing to see: the session or the link is over, or the address is none of this page's.
type Props = {
  readonly reason: keyof typeof texts;
  /** Where there is more to say. */
  readonly text?: string;
  readonly returnUrl?: string | undefined;
};

const texts = {
  ended: {
    heading: 'Your session is over',
    text: 'For your safety it ends after a while. Open billing again from the settings of your platform.',
  },
  unknown: {
    heading: 'There is nothing here',
    text: 'The address is not one of yours, or is mistyped. Open billing again from the settings of your platform.',
  },
  link: {
    heading: 'This link is over',
    text: 'Open the latest e-mail about your invoices, or billing from the settings of your platform.',
  },
} as const;

export function Ended({ reason, text = texts[reason].text, returnUrl }: Props) {
  const { heading } = texts[reason];
  return (
    <main className="ended">
      <title>{heading}</title>
      <h1 tabIndex={-1}>{heading}</h1>
      <p>{text}</p>
      {returnUrl === undefined ? undefined : (
        <a className="button" href={returnUrl}>
          Go back
        </a>
      )}
    </main>
  );
}
