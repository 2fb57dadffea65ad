// A TLS front before a plain Temporal server, as a cluster or Temporal Cloud has one: HTTP/2 on both sides, with a
// certificate of an authority made for the test. It may ask for a client's certificate, and for an API key.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export type Authority = {
  readonly certificateFile: string;
  issue(name: string): { readonly certificateFile: string; readonly keyFile: string };
};

/** A certificate authority in a directory of its own. */
export function createAuthority(directory: string, name: string): Authority {
  const file = (of: string) => path.join(directory, `${name}-${of}`);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-subj', `/CN=${name}`, '-keyout', file('ca.key'), '-out', file('ca.pem'));
  return {
    certificateFile: file('ca.pem'),
    issue: (subject) => {
      const [keyFile, certificateFile, extensions] = [file(`${subject}.key`), file(`${subject}.pem`), file('ext')];
      writeFileSync(extensions, `subjectAltName=DNS:${subject},IP:127.0.0.1\n`);
      openssl('req', ...newKey, '-subj', `/CN=${subject}`, '-keyout', keyFile, '-out', file('csr'));
      const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'];
      openssl('x509', '-req', '-in', file('csr'), ...signer, '-extfile', extensions, '-out', certificateFile);
      return { certificateFile, keyFile };
    },
  };
}

export type TlsFront = { readonly address: string; close(): Promise<void> };

export async function startTlsFront(options: {
  readonly target: string;
  readonly authority: Authority;
  readonly asksForCertificate?: boolean;
  readonly apiKey?: string;
}): Promise<TlsFront> {
  const { certificateFile, keyFile } = options.authority.issue('temporal.test');
  const backend = connect(`http://${options.target}`);
  const sessions = new Set<ServerHttp2Session>();
  const server = createSecureServer({
    cert: readFileSync(certificateFile),
    key: readFileSync(keyFile),
    ca: readFileSync(options.authority.certificateFile),
    ...(options.asksForCertificate ? { requestCert: true, rejectUnauthorized: true } : {}),
  });
  server.on('session', (session) => sessions.add(session));
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const isKnown = options.apiKey === undefined || headers.authorization === `Bearer ${options.apiKey}`;
    if (isKnown) pass(backend, stream, headers);
    else
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16' }, { endStream: true });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const session of sessions) session.destroy();
      backend.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const connectionHeaders: ReadonlySet<string> = new Set(['host', 'connection', ':scheme', ':authority']);

function pass(backend: ClientHttp2Session, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const kept = Object.entries(headers).filter(([name]) => !connectionHeaders.has(name));
  const request = backend.request(Object.fromEntries(kept));
  let trailers: IncomingHttpHeaders = {};
  request.on('trailers', (sent) => {
    trailers = sent;
  });
  request.on('response', (answered, flags) => {
    const { [constants.HTTP2_HEADER_CONNECTION]: _dropped, ...rest } = answered;
    const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    if (!stream.destroyed) stream.respond(rest, isWhole ? { endStream: true } : { waitForTrailers: true });
  });
  request.on('error', () => stream.destroy());
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('close', () => request.close(constants.NGHTTP2_CANCEL));
  stream.pipe(request);
  request.pipe(stream);
}
