import { ConfigError, readConfig } from '../../runtime/config';

const least = {
  DATABASE_URL: 'postgres://u:secret@db.internal:5432/billing',
  TEMPORAL_ADDRESS: 'temporal:7233',
  SELLER_NAME: 'Example GmbH',
  SELLER_ADDRESS: 'Example Street 1|12345 Berlin|Germany',
};

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

test('two addresses and a seller are enough, everything else has a default', () => {
  expect(readConfig(least)).toEqual({
    databaseUrl: least.DATABASE_URL,
    poolMax: undefined,
    temporalAddress: 'temporal:7233',
    temporalNamespace: 'default',
    temporalAccess: {},
    apiHost: '127.0.0.1',
    apiPort: 8080,
    bodyLimitBytes: 16_777_216,
    unfoldedLimitBytes: 268_435_456,
    requestTimeoutMs: 60_000,
    usageLagLimitMs: 3_600_000,
    trustedProxies: [],
    rateLimits: { calls: 12_000, intake: 120_000, strangers: 3_000 },
    freeCreditsNanos: 30_000_000_000n,
    meteringEveryMs: 20_000,
    meteringParallel: 2,
    closeSpreadMinutes: 10,
    usageDeadlineHours: 24,
    usageReportsKeepDays: 35,
    usageKeepMonths: null,
    seller: { name: 'Example GmbH', addressLines: ['Example Street 1', '12345 Berlin', 'Germany'], taxIds: [] },
    fontFiles: [],
    logLevel: 'info',
    metricsHost: '127.0.0.1',
    metricsPort: undefined,
    temporalMetricsAddress: undefined,
    platform: undefined,
    guardStopSecondsBefore: 10,
    pastDueLadder: { deploysMs: 604_800_000, modelsMs: 1_209_600_000 },
    publicUrl: undefined,
    returnOrigins: [],
    page: {
      linkMinutes: 10,
      idleMinutes: 30,
      visitHours: 12,
      name: undefined,
      home: undefined,
      logoFile: undefined,
      accent: undefined,
    },
    mail: undefined,
    mailPerSecond: 10,
    payments: undefined,
    webhooks: { allowed: [], alertsTo: undefined },
  });
});

test('endpoints of webhooks may lie in networks of one’s own that are named', () => {
  const { webhooks } = readConfig({
    ...least,
    WEBHOOK_ALLOW_NETWORKS: '10.1.0.0/16, ::1',
    WEBHOOK_ALERTS_TO: 'ops@example.com',
  });
  expect(webhooks).toEqual({
    allowed: [
      { address: '10.1.0.0', prefix: 16, family: 'ipv4' },
      { address: '::1', prefix: 128, family: 'ipv6' },
    ],
    alertsTo: 'ops@example.com',
  });
});

test.each([
  'http://billing.example.com',
  'https://x.example/?a=b',
  'https://u@x.example',
  'https://x.example/#a',
  'x.example',
])(
  'the address of the pages is https, or of this machine, and nothing stands behind its path: %s is refused',
  (PUBLIC_URL) => expect(faultsOf({ ...least, PUBLIC_URL })).toEqual([expect.stringMatching(/^PUBLIC_URL must be/)]),
);

test('the address of the pages has no slash at its end', () => {
  expect(readConfig({ ...least, PUBLIC_URL: 'https://x.example/billing/' }).publicUrl).toBe(
    'https://x.example/billing',
  );
  expect(readConfig({ ...least, PUBLIC_URL: 'http://127.0.0.1:8080/' }).publicUrl).toBe('http://127.0.0.1:8080');
});

test('customers are sent back to the origin of the pages, and to those that are named', () => {
  const PUBLIC_URL = 'https://x.example/billing';
  expect(readConfig({ ...least, PUBLIC_URL }).returnOrigins).toEqual(['https://x.example']);
  const RETURN_ORIGINS = 'https://app.example.com, http://localhost:*';
  expect(readConfig({ ...least, PUBLIC_URL, RETURN_ORIGINS }).returnOrigins).toEqual([
    'https://x.example',
    'https://app.example.com',
    'http://localhost:*',
  ]);
});

test.each([
  ['PAGE_LINK_MINUTES', '0'],
  ['PAGE_IDLE_MINUTES', '1441'],
  ['PAGE_VISIT_HOURS', 'day'],
  ['PLATFORM_NAME', 'Two\nlines'],
  ['PLATFORM_HOME', 'app.example.com'],
  ['PLATFORM_LOGO', 'logo.gif'],
  ['PLATFORM_ACCENT', 'blue'],
])('%s=%s is refused for the billing page', (name, text) => {
  expect(faultsOf({ ...least, [name]: text })).toEqual([expect.stringContaining(`${name} must be`)]);
});

test('one error lists every fault', () => {
  expect(faultsOf({ API_PORT: 'http', FREE_CREDITS_USD: '-1', LOG_LEVEL: 'loud', PLATFORM_URL: 'platform' })).toEqual([
    'DATABASE_URL is not set: it must be an address that begins with postgres:// or postgresql://',
    'TEMPORAL_ADDRESS is not set: it must be HOST:PORT, such as 127.0.0.1:7233',
    'API_PORT must be a whole number from 0 to 65535; got "http"',
    'FREE_CREDITS_USD must be an amount in dollars such as 30 or 12.50, at most 100000000; got "-1"',
    'SELLER_NAME is not set: it must be the name on your invoices, at most 200 characters',
    'SELLER_ADDRESS is not set: it must be the address on your invoices, 1 to 8 lines with | between them: Example Street 1|12345 Berlin|Germany',
    'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent; got "loud"',
    'PLATFORM_URL must be an address that begins with http:// or https://, without a query; this one is not',
    'PLATFORM_SECRET is not set: with PLATFORM_URL it must be whsec_ and 24 to 64 bytes in base64',
  ]);
});

test('the message of the error holds every fault', () => {
  expect(() => readConfig({})).toThrow(/DATABASE_URL.*TEMPORAL_ADDRESS/s);
});

test('the seller is read whole: bars part the lines of its address and its tax ids', () => {
  const { seller } = readConfig({
    ...least,
    SELLER_EMAIL: 'billing@example.com',
    SELLER_TAX_IDS: 'VAT DE123456789 | EIN 12-3456789',
    SELLER_FOOTER: 'Amtsgericht Berlin HRB 12345',
  });
  expect(seller).toEqual({
    name: 'Example GmbH',
    addressLines: ['Example Street 1', '12345 Berlin', 'Germany'],
    email: 'billing@example.com',
    taxIds: ['VAT DE123456789', 'EIN 12-3456789'],
    footer: 'Amtsgericht Berlin HRB 12345',
  });
});

test('an empty variable counts as absent', () => {
  expect(readConfig({ ...least, API_PORT: '', PLATFORM_URL: '' })).toEqual(readConfig(least));
});

test.each([
  ['0', 0n],
  ['30', 30_000_000_000n],
  ['12.5', 12_500_000_000n],
  ['0.000000001', 1n],
  ['99999999.999999999', 99_999_999_999_999_999n],
])('free credits of %s dollars are %s nano-dollars', (text, nanos) => {
  expect(readConfig({ ...least, FREE_CREDITS_USD: text }).freeCreditsNanos).toBe(nanos);
});

test.each([
  ['DATABASE_URL', 'mysql://localhost/billing'],
  ['DATABASE_URL', 'localhost'],
  ['TEMPORAL_ADDRESS', 'http://localhost:7233'],
  ['TEMPORAL_ADDRESS', 'localhost'],
  ['TEMPORAL_ADDRESS', 'localhost:0'],
  ['TEMPORAL_ADDRESS', 'localhost:70000'],
  ['API_PORT', '65536'],
  ['API_PORT', '80.5'],
  ['METRICS_PORT', 'on'],
  ['TEMPORAL_METRICS_ADDRESS', '9091'],
  ['TEMPORAL_METRICS_ADDRESS', 'localhost:9091'],
  ['BODY_LIMIT_BYTES', '16MB'],
  ['UNFOLDED_LIMIT_BYTES', '1'],
  ['USAGE_LAG_LIMIT_MINUTES', '1h'],
  ['TRUSTED_PROXIES', 'proxy.internal'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['RATE_LIMIT', '-1'],
  ['RATE_LIMIT_INTAKE', 'many'],
  ['RATE_LIMIT_STRANGERS', '1.5'],
  ['FREE_CREDITS_USD', '1e3'],
  ['FREE_CREDITS_USD', '0.0000000001'],
  ['METERING_EVERY_SECONDS', '0'],
  ['METERING_PARALLEL', '-2'],
  ['DATABASE_POOL_MAX', ' 5'],
  ['RETURN_ORIGINS', 'https://app.example.com/billing'],
  ['RETURN_ORIGINS', 'https://app.example.com,'],
  ['WEBHOOK_ALLOW_NETWORKS', '10.0.0.0/33'],
  ['WEBHOOK_ALLOW_NETWORKS', 'localhost'],
  ['WEBHOOK_ALERTS_TO', 'nobody'],
  ['SELLER_NAME', 'Two\nlines'],
  ['SELLER_NAME', 'n'.repeat(201)],
  ['SELLER_ADDRESS', 'Street 1||Germany'],
  ['SELLER_ADDRESS', 'a|b|c|d|e|f|g|h|i'],
  ['SELLER_ADDRESS', 'Street 1\r\nGermany'],
  ['SELLER_EMAIL', 'nobody'],
  ['SELLER_TAX_IDS', '1|2|3|4|5|6'],
  ['SELLER_FOOTER', 'one\u2028two'],
])('%s=%s is refused', (name, text) => {
  expect(faultsOf({ ...least, [name]: text })).toEqual([expect.stringContaining(`${name} must be`)]);
});

test.each(['127.0.0.1:7233', 'temporal.internal:7233', '[::1]:7233'])('%s is an address of Temporal', (address) => {
  expect(readConfig({ ...least, TEMPORAL_ADDRESS: address }).temporalAddress).toBe(address);
});

test('a wrong address is not repeated, for it may hold a password', () => {
  expect(faultsOf({ ...least, DATABASE_URL: 'mysql://root:hunter2@db/billing' }).join()).not.toContain('hunter2');
});

describe('mail', () => {
  const mail = {
    SMTP_URL: 'smtp://user:secret@mail.internal:587',
    MAIL_FROM: 'Example <billing@example.com>',
    SELLER_NAME: 'Example, Inc.',
  };

  test('is sent by what these say', () => {
    const returns = { domain: 'bounces.example.com', secret: 's'.repeat(32) };
    const more = {
      MAIL_REPLY_TO: 'help@example.com',
      MAIL_RETURN_DOMAIN: returns.domain,
      MAIL_RETURN_SECRET: returns.secret,
      MAIL_PER_SECOND: '3',
      SELLER_EMAIL: 'accounts@example.com',
    };
    const config = readConfig({ ...least, ...mail, ...more });
    expect(config.mail).toEqual({
      smtpUrl: mail.SMTP_URL,
      from: { name: 'Example', address: 'billing@example.com' },
      replyTo: { address: 'help@example.com' },
      returns,
      attachmentBytesMax: 2_000_000,
    });
    expect(config.seller).toEqual({
      name: 'Example, Inc.',
      addressLines: ['Example Street 1', '12345 Berlin', 'Germany'],
      taxIds: [],
      email: 'accounts@example.com',
    });
    expect(config.mailPerSecond).toBe(3);
    expect(readConfig({ ...least, ...mail, MAIL_FROM: 'billing@example.com' }).mail?.from).toEqual({
      address: 'billing@example.com',
    });
  });

  test.each([
    ['', 2_000_000],
    ['0B', 0],
    ['500kB', 500_000],
    ['1.5 MB', 1_500_000],
  ])('a document of at most %j is attached', (text, bytes) => {
    expect(readConfig({ ...least, ...mail, MAIL_ATTACHMENT_MAX: text }).mail?.attachmentBytesMax).toBe(bytes);
  });

  test('links begin with an address without a slash at its end', () => {
    const { publicUrl } = readConfig({ ...least, PUBLIC_URL: 'https://example.com/billing/' });
    expect(publicUrl).toBe('https://example.com/billing');
  });

  test.each([
    [{ SMTP_URL: 'http://mail' }, /^SMTP_URL must be/],
    [{ MAIL_FROM: '' }, /^MAIL_FROM is not set/],
    [{ MAIL_FROM: 'Example <billing@example.com>, Other <o@example.com>' }, /^MAIL_FROM must be/],
    [{ MAIL_FROM: 'billing@exämple.com' }, /^MAIL_FROM must be/],
    [{ MAIL_FROM: 'Ex\nBcc: <billing@example.com>' }, /^MAIL_FROM must be/],
    [{ SELLER_NAME: '' }, /^SELLER_NAME is not set/],
    [{ SELLER_EMAIL: 'nobody' }, /^SELLER_EMAIL must be/],
    [{ MAIL_RETURN_DOMAIN: 'bounces.example.com' }, /belong together/],
    [
      { MAIL_RETURN_DOMAIN: 'bounces.example.com', MAIL_RETURN_SECRET: 'hush' },
      /^MAIL_RETURN_SECRET must have at least/,
    ],
    [{ MAIL_RETURN_DOMAIN: 'not a domain', MAIL_RETURN_SECRET: 's'.repeat(32) }, /^MAIL_RETURN_DOMAIN must be/],
    [{ MAIL_PER_SECOND: '0' }, /^MAIL_PER_SECOND must be/],
    [{ MAIL_ATTACHMENT_MAX: '2' }, /^MAIL_ATTACHMENT_MAX must be a size such as 2MB/],
    [{ MAIL_ATTACHMENT_MAX: '26MB' }, /^MAIL_ATTACHMENT_MAX must be/],
    [{ PUBLIC_URL: 'billing.example.com' }, /^PUBLIC_URL must be/],
    [{ PUBLIC_URL: 'https://u:p@billing.example.com' }, /^PUBLIC_URL must be [^@]*; this one is not$/],
    [{ PUBLIC_URL: 'https://billing.example.com/?a=b' }, /^PUBLIC_URL must be/],
  ])('%j is a fault, told without its secrets', (changes, fault) => {
    const faults = faultsOf({ ...least, ...mail, ...changes });
    expect(faults).toEqual([expect.stringMatching(fault)]);
    expect(faults.join()).not.toMatch(/secret|hush/);
  });
});

test('usage is kept for two months before the running one at the least, or for ever', () => {
  expect(readConfig({ ...least, USAGE_KEEP_MONTHS: '13' }).usageKeepMonths).toBe(13);
  expect(faultsOf({ ...least, USAGE_KEEP_MONTHS: '1' })).toEqual([
    expect.stringMatching(/USAGE_KEEP_MONTHS must be a whole number from 2 .*before the running one.*leave it out/),
  ]);
});
