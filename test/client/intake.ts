// An intake that answers as it is told to: the real one cannot be made to fail in all these ways. It refuses what the real
// one refuses, in its words, and notes what it stored.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Happening =
  | 'stored'
  | 'late'
  | 'busy'
  | 'away'
  | 'broken'
  | 'too large'
  | 'cut before'
  | 'cut after'
  | 'no key';

type Batch = {
  readonly source: string;
  readonly completeThrough?: string;
  readonly reports: readonly { replica: string }[];
};

export type Intake = {
  readonly url: string;
  /** What happens to the next requests, one after the other; then all are stored. */
  happenings: Happening[];
  readonly batches: Batch[];
  readonly stored: Map<string, number>;
  readonly marks: string[];
  /** Told of each mark before it is stored. */
  onMark: (mark: string) => void;
  /** Replicas whose reports are refused, and those whose reports break the intake. */
  isWrong: (replica: string) => boolean;
  isBreaking: (replica: string) => boolean;
  isTooFar: (mark: string) => boolean;
  /** At most so many faults are named at once. */
  faultsMax: number;
  atOnce: number;
  atOnceMax: number;
  reset(): void;
  close(): Promise<void>;
};

export async function startIntake(): Promise<Intake> {
  const server = createServer((request, response) => {
    intake.atOnce++;
    intake.atOnceMax = Math.max(intake.atOnceMax, intake.atOnce);
    response.once('close', () => {
      intake.atOnce--;
    });
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => answer(intake, JSON.parse(body) as Batch, { request, response }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fresh = () => ({
    happenings: [],
    onMark: () => undefined,
    isWrong: () => false,
    isBreaking: () => false,
    isTooFar: () => false,
    faultsMax: 1000,
    atOnce: 0,
    atOnceMax: 0,
  });
  const intake: Intake = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    batches: [],
    stored: new Map(),
    marks: [],
    ...fresh(),
    reset: () => {
      intake.batches.length = 0;
      intake.marks.length = 0;
      intake.stored.clear();
      Object.assign(intake, fresh());
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return intake;
}

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };

function answer(intake: Intake, batch: Batch, exchange: Exchange): void {
  intake.batches.push(batch);
  const happening = intake.happenings.shift() ?? 'stored';
  const refusal = refusals[happening];
  if (happening === 'too large' && batch.reports.length < 2) store(intake, batch, exchange);
  else if (refusal !== undefined) send(exchange, refusal.status, { code: refusal.code });
  else if (happening === 'cut before') exchange.request.socket.destroy();
  else if (happening === 'late') setTimeout(() => store(intake, batch, exchange), 4);
  else {
    store(intake, batch, happening === 'cut after' ? undefined : exchange);
    if (happening === 'cut after') exchange.request.socket.destroy();
  }
}

const refusals: { readonly [happening in Happening]?: { readonly status: number; readonly code: string } } = {
  busy: { status: 429, code: 'rate_limited' },
  away: { status: 503, code: 'unavailable' },
  broken: { status: 500, code: 'internal' },
  'no key': { status: 401, code: 'unauthorized' },
  'too large': { status: 413, code: 'payload_too_large' },
};

function store(intake: Intake, { completeThrough, reports }: Batch, exchange?: Exchange): void {
  const answered = (status: number, body: unknown) => {
    if (exchange) send(exchange, status, body);
  };
  const faults = reports.flatMap(({ replica }, index) =>
    intake.isWrong(replica) ? [{ index, field: 'phase', message: `expected another, came ${replica}` }] : [],
  );
  if (completeThrough !== undefined && intake.isTooFar(completeThrough)) {
    answered(400, {
      code: 'invalid_usage',
      detail: 'too far ahead',
      faults: [{ field: 'completeThrough', message: 'x' }],
    });
  } else if (faults.length > 0) {
    answered(400, { code: 'invalid_usage', faults: faults.slice(0, intake.faultsMax) });
  } else if (reports.some(({ replica }) => intake.isBreaking(replica))) {
    answered(500, { code: 'internal' });
  } else {
    for (const { replica } of reports) intake.stored.set(replica, (intake.stored.get(replica) ?? 0) + 1);
    if (completeThrough !== undefined) {
      intake.onMark(completeThrough);
      intake.marks.push(completeThrough);
    }
    answered(202, { accepted: reports.length, quarantined: 0, ignored: 0 });
  }
}

function send({ response }: Exchange, status: number, body: unknown): void {
  // Whoever is to come again may do so at once: the tests do not wait.
  response.writeHead(status, { 'content-type': 'application/json', ...(status >= 400 && { 'retry-after': '0' }) });
  response.end(JSON.stringify(body));
}
