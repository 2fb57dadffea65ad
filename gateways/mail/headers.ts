// Whatever becomes part of a header or of an SMTP command passes here. Nothing with a line end gets through.
import { plainLine } from '../../domain/mail/plain';

// As `readEmail` of the domain lets through, and within RFC 5321's lengths (64 before the @, 254 in all).
const addressForm =
  /^(?=.{3,254}$)[^\s\p{Cc}@<>()[\],;:\\"]{1,64}@[^\s\p{Cc}@<>()[\],;:\\".]+(\.[^\s\p{Cc}@<>()[\],;:\\".]+)*$/u;

/** Whether an address can be written into a command and a header as it is. */
export function isAddress(text: string): boolean {
  return addressForm.test(text) && plainLine(text, 254) === text;
}

/** An address of our own settings or making; throws RangeError where it is none, which is a bug. */
export function ownAddress(text: string): string {
  if (!isAddress(text)) throw new RangeError(`expected an e-mail address, came ${JSON.stringify(text)}`);
  return text;
}

/** A Message-ID in angle brackets; throws RangeError where it is none, which is a bug. */
export function ownMessageId(text: string): string {
  if (!/^<[^\s\p{Cc}<>@]{1,900}@[A-Za-z0-9.-]{1,253}>$/u.test(text)) {
    throw new RangeError(`expected a Message-ID such as <key@billing.example.com>, came ${JSON.stringify(text)}`);
  }
  return text;
}

/** A name beside an address: one line, and no address of its own that a mail program would show instead. */
export function displayName(name: string): string {
  return noEncodedWord(plainLine(name.replace(/[<>"\\]/g, ' '), 80));
}

/** A subject: one line of ordinary characters. */
export function subjectLine(subject: string): string {
  return noEncodedWord(plainLine(subject, 400));
}

// What is written as an encoded word (RFC 2047) would be decoded on arrival, line ends and all; nodemailer takes it for
// encoded already and lets it pass.
function noEncodedWord(text: string): string {
  return text.replaceAll('=?', '= ?');
}

/** A file name without folders, quotes and whatever a file system or a header would misread. */
export function fileName(name: string): string {
  // A document's number has up to 136 characters, and its ending is not to be cut.
  const plain = plainLine(name.replace(/[/\\:*?"<>|;%]/g, '-'), 150).replace(/^\.+/, '');
  return plain === '' ? 'attachment' : plain;
}

/** A media type without parameters; throws RangeError where it is none, which is a bug. */
export function mediaType(text: string): string {
  if (!/^[\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,80}$/.test(text)) {
    throw new RangeError(`expected a media type such as application/pdf, came ${JSON.stringify(text)}`);
  }
  return text;
}
