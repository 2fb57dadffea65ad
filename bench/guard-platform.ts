// A bare platform for the guard's benchmark: every workspace has one model; a command is answered at once, and what runs stops
// some time after it, by this platform's own clock.
import { createServer, type Server } from 'node:http';
import { fixedFraction } from '../domain/ids';

export type BarePlatform = {
  readonly url: string;
  /** When a workspace was first told to stop, or did so by itself; undefined where neither. */
  readonly commandedMs: (workspace: string) => number | undefined;
  /** When what it runs has stopped, or will have. */
  readonly stoppedMs: (workspace: string) => number | undefined;
  /** Stops what a workspace runs, without a command. */
  readonly stopForBilling: (workspace: string, nowMs: number) => readonly string[];
  close(): void;
};

/** `stopsWithinMs`: how long a workspace's replicas may take to stop; spread over it. */
export async function startBarePlatform(of: {
  readonly port: number;
  readonly stopsWithinMs: (workspace: string) => number;
}): Promise<BarePlatform> {
  const commanded = new Map<string, number>();
  const stopped = (workspace: string) => {
    const atMs = commanded.get(workspace);
    return atMs === undefined ? undefined : atMs + fixedFraction(workspace) * of.stopsWithinMs(workspace);
  };
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const [, , , workspace = '', , , verb] = (request.url ?? '').split('/');
      if (verb === 'deactivate' && !commanded.has(workspace)) commanded.set(workspace, Date.now());
      const state = commanded.has(workspace) ? { state: 'stopped', stoppedBy: 'billing' } : { state: 'active' };
      const body = verb === undefined ? { items: [{ model: 'm', ...state }] } : state;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(of.port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${of.port}`,
    commandedMs: (workspace) => commanded.get(workspace),
    stoppedMs: stopped,
    stopForBilling: (workspace, nowMs) => {
      if (commanded.has(workspace)) return [];
      commanded.set(workspace, nowMs);
      return ['m'];
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
