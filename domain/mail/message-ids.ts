// Names of e-mails (RFC 5322 msg-id), made from what they are about: a resend is the same message, and a story one thread.

/**
 * The Message-ID of the e-mail with this key (`email:<key>`), in angle brackets. Always the same for the same key, another
 * one for every other key.
 */
export function messageIdOf({ key, domain }: { readonly key: string; readonly domain: string }): string {
  return messageId(`email:${key}`, domain);
}

/**
 * What all e-mails about one invoice refer to, in angle brackets. No message has it: whichever of them comes first, the
 * later ones join it. (Mail programs thread by References; Gmail wants similar subjects as well.)
 */
export function threadIdOf({ invoice, domain }: { readonly invoice: string; readonly domain: string }): string {
  return messageId(`thread:${invoice}`, domain);
}

// What stands before the @ may not have colons, nor dots anywhere; `=3A` as in quoted-printable stays readable for support.
function messageId(name: string, domain: string): string {
  const local = Array.from(new TextEncoder().encode(name), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_-]/.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
  const id = `<${local}@${domain}>`;
  if (!/^<[A-Za-z0-9_=-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*>$/.test(id) || id.length > messageIdMax) {
    throw new RangeError(`expected a domain such as billing.example.com and a shorter key, came ${JSON.stringify(id)}`);
  }
  return id;
}

// A header line may have 998 characters (RFC 5322, 2.1.1), and an id cannot be folded.
const messageIdMax = 900;
