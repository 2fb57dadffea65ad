// The port of outgoing mail: what is handed over, and what may become of it. Outcomes are values; only bugs are thrown.

/** An address as people write it: `Acme <billing@acme.example>`. */
export type Mailbox = { readonly name?: string; readonly address: string };

export type MailAttachment = {
  readonly filename: string;
  /** Such as `application/pdf`. */
  readonly contentType: string;
  readonly content: Uint8Array;
};

/** One message to one address: what becomes of it is then known by address. */
export type OutgoingMail = {
  readonly to: Mailbox;
  /** Where bounces go (the envelope's sender), made by `returnPath` for this mail and address. */
  readonly returnPath: string;
  /** In angle brackets, made by `messageIdOf`; the same for a resend. */
  readonly messageId: string;
  /** What the mail belongs to, made by `threadIdOf`: its References and In-Reply-To. */
  readonly threadId?: string;
  /** When it was first to be sent, so that a resend is the same message. */
  readonly dateMs: number;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments?: readonly MailAttachment[];
};

/** What the server said, where it said something: reply code, enhanced status code (RFC 3463), and its words. */
export type ServerReply = { readonly code?: number; readonly enhanced?: string; readonly response: string };

export type MailOutcome =
  /** A server took it over. Whether it arrives, bounces tell later. */
  | { readonly kind: 'accepted'; readonly messageId: string; readonly response: string }
  /** Final for this address: nobody there, or a mailbox that takes nothing. To be mended by another address. */
  | ({ readonly kind: 'refused'; readonly scope: 'recipient'; readonly code: number } & ServerReply)
  /**
   * Not delivered, and to be tried again. `recipient`: this address, for now. `server`: it is away, slow or busy.
   * `operator`: it does not want us (credentials, sender, policy, certificate), which only who runs this can mend.
   */
  | ({ readonly kind: 'deferred'; readonly scope: 'recipient' | 'server' | 'operator' } & ServerReply)
  /** The connection broke after the whole message was handed over: it may have been taken. Resend under the same id. */
  | ({ readonly kind: 'unknown' } & ServerReply);

export type Mailer = {
  /** Sends one message. Throws RangeError where an id or an address of our own making is none. */
  send(mail: OutgoingMail, options?: { readonly signal?: AbortSignal }): Promise<MailOutcome>;
  /** Closes idle connections now and others once they are through. */
  close(): void;
};
