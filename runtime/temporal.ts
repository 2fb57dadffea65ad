// The connection to Temporal as everybody but the workers' own polling uses it.

import { Client, Connection } from '@temporalio/client';
import type { Config } from './config';

export type TemporalClient = { readonly client: Client; close(): Promise<void> };

type Server = Pick<Config, 'temporalAddress' | 'temporalAccess'>;

/** What a connection of either kind, a client's or a worker's, is made with. */
export function serverOptions({ temporalAddress, temporalAccess }: Server) {
  return { address: temporalAddress, ...temporalAccess };
}

/**
 * A client that connects when it is first used, and again whenever Temporal comes back. A call while Temporal is away
 * fails at once: whoever calls decides what then, and a request or a transaction of ours does not hang meanwhile.
 */
export function createTemporalClient(
  config: Server & Pick<Config, 'temporalNamespace'>,
  { identity }: { readonly identity: string },
): TemporalClient {
  const connection = Connection.lazy({
    ...serverOptions(config),
    // None of the SDK's own retries, which would go on for as long as the caller's deadline allows.
    interceptors: [],
    // gRPC would look for a server that was away for long only every two minutes.
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 5000 },
  });
  return {
    client: new Client({ connection, namespace: config.temporalNamespace, identity }),
    close: () => connection.close(),
  };
}
