// The connection to a Temporal behind TLS, with certificates and keys from the environment as an operator sets them.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { ConfigError, readConfig } from '../../runtime/config';
import { createTemporalClient, serverOptions } from '../../runtime/temporal';
import { quietTemporal } from '../harness/billing';
import { testSeller } from '../harness/config';
import { testServers } from '../harness/environment';
import { type Authority, createAuthority, startTlsFront, type TlsFront } from '../harness/tls-front';

const directory = mkdtempSync(path.join(tmpdir(), 'minutebook-tls-'));
const database = { DATABASE_URL: 'postgres://u@db/billing', ...testSeller };
const apiKey = 'secret-key-1234';

let authority: Authority;
let stranger: Authority;
const fronts: TlsFront[] = [];

beforeAll(() => {
  quietTemporal();
  authority = createAuthority(directory, 'ours');
  stranger = createAuthority(directory, 'stranger');
});
afterAll(async () => {
  for (const front of fronts) await front.close();
  rmSync(directory, { recursive: true, force: true });
});

async function front(options: { asksForCertificate?: boolean; apiKey?: string } = {}): Promise<TlsFront> {
  const started = await startTlsFront({ target: testServers().temporalAddress, authority, ...options });
  fronts.push(started);
  return started;
}

/** Connects as the API and the relay do, and as a worker does; both ask the server something. */
async function reach(env: Readonly<Record<string, string>>): Promise<void> {
  const config = readConfig({ ...database, ...env });
  const temporal = createTemporalClient(config, { identity: 'test' });
  try {
    const { client } = temporal;
    await client.withDeadline(Date.now() + 10_000, () => client.workflowService.getSystemInfo({}));
  } finally {
    await temporal.close();
  }
  const connection = await NativeConnection.connect(serverOptions(config));
  try {
    await connection.workflowService.describeNamespace({ namespace: config.temporalNamespace });
  } finally {
    await connection.close();
  }
}

function faultsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig({ ...database, TEMPORAL_ADDRESS: 'temporal:7233', ...env });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

test('a server behind TLS is reached with its authority, from a file or from the variable itself', async () => {
  const { address } = await front();
  await reach({ TEMPORAL_ADDRESS: address, TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certificateFile });
  const pem = readFileSync(authority.certificateFile, 'utf8');
  await reach({ TEMPORAL_ADDRESS: address, TEMPORAL_TLS_SERVER_CA_CERT_DATA: pem });
  const named = { TEMPORAL_TLS_SERVER_CA_CERT_DATA: pem, TEMPORAL_TLS_SERVER_NAME: 'temporal.test' };
  await reach({ TEMPORAL_ADDRESS: address, ...named });
});

test('another authority, another name and no TLS at all are refused, and client and worker say why', async () => {
  const { address } = await front();
  const wrong = { TEMPORAL_ADDRESS: address, TEMPORAL_TLS_SERVER_CA_CERT_PATH: stranger.certificateFile };
  await expect(reach(wrong)).rejects.toThrow(/certificate/);
  const options = serverOptions(readConfig({ ...database, ...wrong }));
  await expect(NativeConnection.connect(options)).rejects.toThrow(/certificate|UnknownIssuer/);
  const otherName = {
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certificateFile,
    TEMPORAL_TLS_SERVER_NAME: 'other.test',
  };
  await expect(reach({ TEMPORAL_ADDRESS: address, ...otherName })).rejects.toThrow(/other\.test/);
  await expect(reach({ TEMPORAL_ADDRESS: address })).rejects.toThrow();
}, 60_000);

test('a server that asks for a client’s certificate is reached with one of its authority', async () => {
  const { address } = await front({ asksForCertificate: true });
  const { certificateFile, keyFile } = authority.issue('worker');
  const tls = { TEMPORAL_ADDRESS: address, TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certificateFile };
  await reach({ ...tls, TEMPORAL_TLS_CLIENT_CERT_PATH: certificateFile, TEMPORAL_TLS_CLIENT_KEY_PATH: keyFile });
  await expect(reach(tls)).rejects.toThrow();
}, 60_000);

test('an API key goes to the server as a bearer token, and another is refused without being repeated', async () => {
  const { address } = await front({ apiKey });
  const tls = { TEMPORAL_ADDRESS: address, TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certificateFile };
  await reach({ ...tls, TEMPORAL_API_KEY: apiKey });
  const refused = await reach({ ...tls, TEMPORAL_API_KEY: 'another-secret' }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 16 });
  expect(JSON.stringify(refused) + String(refused)).not.toContain('another-secret');
}, 60_000);

test('an API key alone switches TLS on', () => {
  const { temporalAccess } = readConfig({
    ...database,
    TEMPORAL_ADDRESS: 'x.api.temporal.io:7233',
    TEMPORAL_API_KEY: apiKey,
  });
  expect(temporalAccess).toEqual({ apiKey, tls: true });
});

test('a profile gives address, namespace and key, and a variable goes before it', () => {
  const file = path.join(directory, 'temporal.toml');
  writeFileSync(
    file,
    `[profile.default]\naddress = "default.test:7233"\n[profile.cloud]\naddress = "cloud.test:7233"\nnamespace = "acme.a1b2"\napi_key = "${apiKey}"\n`,
  );
  const profile = { ...database, TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'cloud' };
  expect(readConfig(profile)).toMatchObject({
    temporalAddress: 'cloud.test:7233',
    temporalNamespace: 'acme.a1b2',
    temporalAccess: { apiKey, tls: true },
  });
  expect(readConfig({ ...profile, TEMPORAL_NAMESPACE: 'other' }).temporalNamespace).toBe('other');
  expect(readConfig({ ...profile, TEMPORAL_PROFILE: '' }).temporalAddress).toBe('default.test:7233');
  // What lies in somebody's home counts only where a profile is asked for.
  expect(readConfig({ ...database, TEMPORAL_ADDRESS: 'a:1', XDG_CONFIG_HOME: directory }).temporalAccess).toEqual({});
  expect(faultsOf({ ...profile, TEMPORAL_PROFILE: 'none' })).toEqual([expect.stringContaining("'none'")]);
});

test('one error lists what is wrong with certificates and keys, and repeats none of them', () => {
  const file = path.join(directory, 'broken.toml');
  writeFileSync(file, `[profile.default]\napi_key = "${apiKey}\n`);
  expect(faultsOf({ TEMPORAL_CONFIG_FILE: file })).toEqual([
    `TEMPORAL_CONFIG_FILE ${file} is not TOML: see its line 2`,
  ]);
  expect(faultsOf({ TEMPORAL_CONFIG_FILE: '/nowhere.toml' })).toEqual([
    'TEMPORAL_CONFIG_FILE /nowhere.toml cannot be read: ENOENT',
  ]);
  const faults = faultsOf({
    TEMPORAL_ADDRESS: 'nowhere',
    TEMPORAL_TLS: 'no',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere.pem',
    TEMPORAL_TLS_CLIENT_KEY_DATA: 'secret',
    TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true',
    TEMPORAL_API_KEY: `${apiKey}\n`,
  });
  expect(faults).toEqual([
    'TEMPORAL_ADDRESS must be HOST:PORT, such as 127.0.0.1:7233; got "nowhere"',
    'TEMPORAL_TLS must be true or false; got "no"',
    expect.stringContaining('TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not supported'),
    'TEMPORAL_TLS_SERVER_CA_CERT_PATH /nowhere.pem cannot be read: ENOENT',
    'TEMPORAL_TLS_CLIENT_KEY_DATA must be in PEM format; this one cannot be read as such',
    expect.stringContaining('must be set together'),
    expect.stringContaining('TEMPORAL_API_KEY must be printable'),
    expect.stringContaining('TEMPORAL_API_KEY needs TLS'),
  ]);
  expect(faults.join()).not.toContain('secret');
});
