// A mail's source read: what the page and the JSON show of it.

import { type AddressObject, type Attachment, type ParsedMail, simpleParser } from 'mailparser';

export type Read = {
  readonly messageId: string | null;
  readonly from: string | null;
  readonly fromName: string | null;
  readonly to: readonly string[];
  readonly subject: string | null;
  readonly text: string | null;
  readonly html: string | null;
  /** By name in small letters, unfolded; a list where the header stands more than once. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly attachments: readonly Attachment[];
};

export async function readMail(source: Buffer): Promise<Read> {
  const mail = await simpleParser(source, { skipHtmlToText: true, skipTextToHtml: true, keepDeliveryStatus: true });
  const [from] = addresses(mail.from);
  return {
    messageId: mail.messageId ?? null,
    from: from?.address ?? null,
    fromName: from?.name || null,
    to: addresses(mail.to).map(({ address }) => address),
    subject: mail.subject ?? null,
    text: mail.text ?? null,
    html: mail.html || null,
    headers: headersOf(mail),
    attachments: mail.attachments,
  };
}

function addresses(
  of: AddressObject | AddressObject[] | undefined,
): { readonly name: string; readonly address: string }[] {
  return [of ?? []]
    .flat()
    .flatMap(({ value }) =>
      value.flatMap((each) => (each.group ?? [each]).map(({ name, address }) => ({ name, address: address ?? '' }))),
    );
}

function headersOf({ headerLines }: ParsedMail): Read['headers'] {
  const headers = new Map<string, string[]>();
  for (const { key, line } of headerLines) {
    const value = line
      .slice(line.indexOf(':') + 1)
      .replace(/\r?\n[ \t]/g, ' ')
      .trim();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return Object.fromEntries(
    [...headers].map(([key, values]) => [key, values.length === 1 ? (values[0] ?? '') : values]),
  );
}
