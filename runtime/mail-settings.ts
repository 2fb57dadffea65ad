// Mail in the environment: where it goes out, who it is from, and where what comes back goes.

/** How e-mail goes out. */
export type MailSettings = {
  readonly smtpUrl: string;
  readonly from: Mailbox;
  readonly replyTo?: Mailbox;
  /** Where bounces come back to, so that each tells its mail and address. */
  readonly returns?: { readonly domain: string; readonly secret: string };
  /** What a document may have to be attached; in the e-mail it is a third larger. */
  readonly attachmentBytesMax: number;
};

export type Mailbox = { readonly name?: string; readonly address: string };

type Env = Readonly<Record<string, string | undefined>>;

const address = /^[^\s@<>()[\],;:\\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

/** Reads it; undefined without SMTP_URL. Complains into `faults`. */
export function readMailSettings(env: Env, faults: string[]): MailSettings | undefined {
  const smtpUrl = env['SMTP_URL'] || undefined;
  if (smtpUrl !== undefined && !isSmtpUrl(smtpUrl)) {
    faults.push('SMTP_URL must be an address that begins with smtp:// or smtps://; this one is not');
  }
  const from = mailbox(env, 'MAIL_FROM', faults);
  const replyTo = mailbox(env, 'MAIL_REPLY_TO', faults);
  const returns = readReturns(env, faults);
  const attachmentBytesMax = readSize(env, faults);
  if (smtpUrl === undefined) return undefined;
  if (!env['MAIL_FROM']) faults.push(`MAIL_FROM is not set: with SMTP_URL it must be ${mailboxExpected}`);
  return {
    smtpUrl,
    from: from ?? { address: '' },
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(returns === undefined ? {} : { returns }),
    attachmentBytesMax,
  };
}

const mailboxExpected = 'an e-mail address such as billing@example.com or Example <billing@example.com>';

function mailbox(env: Env, name: string, faults: string[]): Mailbox | undefined {
  const text = env[name];
  if (!text) return undefined;
  const [, shown = '', bracketed] = /^([^<>\p{Cc}]{0,100}?)\s*<([^<>]+)>$/u.exec(text) ?? [];
  const found = bracketed ?? text;
  if (address.test(found)) return { ...(shown === '' ? {} : { name: shown }), address: found };
  faults.push(`${name} must be ${mailboxExpected}; got ${JSON.stringify(text)}`);
  return undefined;
}

const secretLengthMin = 32;

function readReturns(env: Env, faults: string[]): MailSettings['returns'] {
  const [domain, secret] = [env['MAIL_RETURN_DOMAIN'] || undefined, env['MAIL_RETURN_SECRET'] || undefined];
  if (domain === undefined && secret === undefined) return undefined;
  if (domain === undefined || secret === undefined) {
    faults.push('MAIL_RETURN_DOMAIN and MAIL_RETURN_SECRET belong together: set both or none');
    return undefined;
  }
  if (!address.test(`b@${domain}`)) {
    faults.push(`MAIL_RETURN_DOMAIN must be a domain such as bounces.example.com; got ${JSON.stringify(domain)}`);
  }
  // Whoever knows it can report addresses as dead, so it is not repeated.
  if (secret.length < secretLengthMin) {
    faults.push(`MAIL_RETURN_SECRET must have at least ${secretLengthMin} characters; this one has ${secret.length}`);
  }
  return { domain, secret };
}

const bytesOf: Readonly<Record<string, number>> = { b: 1, kb: 1000, mb: 1_000_000 };
const attachmentDefault = '2MB';
// Beyond that nearly nobody's server takes the mail.
const attachmentMax = 25_000_000;

function readSize(env: Env, faults: string[]): number {
  const text = env['MAIL_ATTACHMENT_MAX'] || attachmentDefault;
  const [, count = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?) ?([kM]?B)$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(count) * (bytesOf[unit.toLowerCase()] ?? Number.NaN));
  if (bytes >= 0 && bytes <= attachmentMax) return bytes;
  const expected = 'a size such as 2MB or 500kB, at most 25MB; 0B attaches nothing';
  faults.push(`MAIL_ATTACHMENT_MAX must be ${expected}; got ${JSON.stringify(text)}`);
  return 0;
}

function isSmtpUrl(text: string): boolean {
  return URL.canParse(text) && ['smtp:', 'smtps:'].includes(new URL(text).protocol) && new URL(text).hostname !== '';
}
