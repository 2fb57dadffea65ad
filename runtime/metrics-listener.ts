// A worker answers nobody but Prometheus, and whoever asks whether it lives.
import { createServer, type Server } from 'node:http';
import type { Config } from './config';
import type { Metrics } from './metrics';

export type MetricsListener = { readonly port: number; close(): Promise<void> };

/** Listens where METRICS_PORT says so; answers undefined where it is not set. Rejects where the port is taken. */
export async function listenForMetrics(
  { metricsHost: host, metricsPort: port }: Pick<Config, 'metricsHost' | 'metricsPort'>,
  metrics: Metrics,
): Promise<MetricsListener | undefined> {
  if (port === undefined) return undefined;
  const server = answering(metrics);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answering(metrics: Metrics): Server {
  return createServer((request, response) => {
    const page = request.method === 'GET' ? request.url?.split('?')[0] : undefined;
    if (page === '/health/live') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"live"}');
    } else if (page === '/metrics') {
      metrics.text().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        (error: unknown) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`${String(error)}\n`),
      );
    } else {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('there are GET /metrics and GET /health/live\n');
    }
  });
}
