// An answer that is kept as a file.
import type { FastifyReply } from 'fastify';

type File = { readonly of: 'invoice' | 'credit-note'; readonly number: string; readonly ending: string };

/** A name that every system takes: the document's number may hold colons, which some do not. */
export function fileNameOf({ of, number, ending }: File): string {
  return `${of}-${number.replace(/[^A-Za-z0-9_.-]/g, '-')}${ending}`;
}

/** Names the file after its document: `invoice-acme-0001.pdf`. */
export function attach(reply: FastifyReply, file: File & { readonly mediaType: string }): void {
  reply.type(file.mediaType).header('content-disposition', `attachment; filename="${fileNameOf(file)}"`);
}
