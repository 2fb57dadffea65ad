// Where Temporal is and how it is reached: by the variables and profiles of Temporal's own SDKs and CLI, read by the SDK's
// own loader, so that a deployment and the `temporal` command next to it mean the same server.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type ClientConfigProfile,
  type ConfigDataSource,
  loadClientConfigProfile,
  loadConfigData,
  toClientOptions,
} from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';

type Environment = Readonly<Record<string, string | undefined>>;

/** What both kinds of connection of the SDK take beside the address. It holds secrets: never log it. */
export type TemporalAccess = Readonly<Pick<NativeConnectionOptions, 'tls' | 'apiKey' | 'metadata'>>;

export type TemporalSettings = {
  readonly address: string | undefined;
  readonly namespace: string | undefined;
  readonly access: TemporalAccess;
};

/** Reads the settings; what is wrong with them is added to `faults`, without the secrets in them. */
export function readTemporal(env: Environment, faults: string[]): TemporalSettings {
  const profile = loadProfile(env, faults);
  const found = [...variableFaults(env), ...profileFaults(profile)];
  faults.push(...found);
  const { address, namespace } = profile;
  if (found.length > 0) return { address, namespace, access: {} };
  const { tls, apiKey, metadata } = toClientOptions(profile).connectionOptions;
  return {
    address,
    namespace,
    access: {
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    },
  };
}

// The loader would also read the file in the home directory. A server whose connection changes with whose home it runs in
// is a riddle, so a file counts only where the environment speaks of one.
function loadProfile(env: Environment, faults: string[]): ClientConfigProfile {
  const overrideEnvVars = withoutEmpty(env);
  const { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: profile } = overrideEnvVars;
  try {
    // Read here, as the loader takes a file that is not there for an empty one.
    const configSource = file === undefined ? {} : { configSource: { data: readFileSync(file) } };
    return loadClientConfigProfile({
      overrideEnvVars,
      ...configSource,
      disableFile: file === undefined && profile === undefined,
    });
  } catch (error) {
    faults.push(loadingFault(error, file));
    // That an address is missing, too, would be said of what could not be read.
    return { address: env['TEMPORAL_ADDRESS'] || 'unknown:1' };
  }
}

function withoutEmpty(env: Environment): Record<string, string> {
  const set = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(set);
}

function loadingFault(error: unknown, file: string | undefined): string {
  const { code, line, message } = error as { code?: string; line?: number; message?: string };
  const where = file === undefined ? "Temporal's configuration file" : `TEMPORAL_CONFIG_FILE ${file}`;
  if (code !== undefined) return `${where} cannot be read: ${code}`;
  // The message of a TOML error repeats the line, which may hold a key.
  if (line !== undefined) return `${where} is not TOML: see its line ${line}`;
  return `the settings of Temporal's connection: ${message}`;
}

const booleans = ['1', 'true', '0', 'false'];

/** What the loader would take silently for something else. */
function variableFaults(env: Environment): readonly string[] {
  const { TEMPORAL_TLS: tls, TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: unverified } = env;
  const faults: string[] = [];
  if (tls && !booleans.includes(tls)) faults.push(`TEMPORAL_TLS must be true or false; got ${JSON.stringify(tls)}`);
  if (unverified && unverified !== '0' && unverified !== 'false') {
    faults.push(
      'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not supported: name the certificate by TEMPORAL_TLS_SERVER_NAME',
    );
  }
  return faults;
}

function profileFaults({ apiKey, tls = {} }: ClientConfigProfile): readonly string[] {
  const faults = [
    pemFault('TEMPORAL_TLS_SERVER_CA_CERT', tls.serverCACert, (pem) => new X509Certificate(pem)),
    pemFault('TEMPORAL_TLS_CLIENT_CERT', tls.clientCert, (pem) => new X509Certificate(pem)),
    pemFault('TEMPORAL_TLS_CLIENT_KEY', tls.clientKey, (pem) => createPrivateKey(pem)),
  ].filter((fault) => fault !== undefined);
  if ((tls.clientCert === undefined) !== (tls.clientKey === undefined)) {
    faults.push('TEMPORAL_TLS_CLIENT_CERT_… and TEMPORAL_TLS_CLIENT_KEY_… must be set together, or neither of them');
  }
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    faults.push('TEMPORAL_API_KEY must be printable characters without spaces or line ends; this one is not');
  }
  if (apiKey !== undefined && tls.disabled) {
    faults.push('TEMPORAL_API_KEY needs TLS, else anybody on the way reads it; but TLS is switched off');
  }
  return faults;
}

function pemFault(
  name: string,
  source: ConfigDataSource | undefined,
  parse: (pem: Buffer) => unknown,
): string | undefined {
  if (source === undefined) return undefined;
  const from = 'path' in source ? `${name}_PATH ${source.path}` : `${name}_DATA`;
  let pem: Uint8Array | undefined;
  try {
    pem = loadConfigData(source);
  } catch (error) {
    return `${from} cannot be read: ${(error as NodeJS.ErrnoException).code}`;
  }
  try {
    parse(Buffer.from(pem ?? []));
    return undefined;
  } catch {
    // Its error may repeat what it could not read.
    return `${from} must be in PEM format; this one cannot be read as such`;
  }
}
