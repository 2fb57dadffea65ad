// The program as it is run; it needs what `npm run build` makes.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { useEmulator } from '../stripe/emulator';

const emulator = useEmulator();
const program = path.resolve('dist/scripts/stripe-webhook.js');

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const { url, secretKey } = emulator();
  const surroundings = { STRIPE_SECRET_KEY: secretKey, STRIPE_API_URL: url, ...env };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { env: surroundings }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

test('it makes the endpoint and tells its secret once, and then only that it is there', async () => {
  const url = 'https://billing.example.com/stripe';
  const made = await run([url]);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^STRIPE_WEBHOOK_SECRET=whsec_\w+\n$/) });
  expect(await run([url])).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('there already') });
});

test('it says what is missing or wrong', async () => {
  expect(await run([])).toMatchObject({ code: 1, stderr: expect.stringContaining('npm run stripe-webhook -- URL') });
  expect(await run(['https://a.example/'], { STRIPE_SECRET_KEY: 'sk_test_of_somebody' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('put STRIPE_SECRET_KEY right'),
  });
});
