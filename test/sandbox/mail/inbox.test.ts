import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSmtpMailer } from '../../../gateways/mail/smtp-mailer';
import { freePort } from '../../../sandbox/ports';
import { from, mail } from '../../gateways/mail/samples';
import { until } from '../../harness/until';
import { startInbox, type TestInbox } from './inbox';

let inbox: TestInbox;
beforeAll(async () => {
  inbox = await startInbox();
});
afterEach(() => inbox.clear());
afterAll(() => inbox.stop());

async function send(...changes: readonly Parameters<typeof mail>[0][]): Promise<void> {
  const mailer = createSmtpMailer({ url: inbox.smtpUrl, from });
  for (const each of changes) expect(await mailer.send(mail(each))).toMatchObject({ kind: 'accepted' });
  mailer.close();
}

const hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)>';
const get = (at: string) => fetch(`${inbox.page}${at}`);

describe('the JSON of the inbox', () => {
  test('lists newest first, and by the address it was sent to', async () => {
    await send({ subject: 'one' }, { subject: 'two', to: { address: 'other@acme.example' } }, { subject: 'three' });
    const subjects = async (at: string) => {
      const { items } = (await (await get(at)).json()) as { items: { subject: string }[] };
      return items.map(({ subject }) => subject);
    };
    expect(await subjects('/messages')).toEqual(['three', 'two', 'one']);
    expect(await subjects('/messages?to=OTHER@acme.example')).toEqual(['two']);
  });

  test('gives attachments with type and name, also those that would be a page of ours', async () => {
    const content = Buffer.from(hostile);
    const attachments = [
      { filename: 'a.pdf', contentType: 'application/pdf', content },
      { filename: 'ü.html', contentType: 'text/html', content },
    ];
    await send({ attachments });
    const [message] = await inbox.messages();
    const response = await get(`/messages/${message?.id}/attachments/1`);
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="_.html"; filename*=UTF-8''%C3%BC.html`,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).toBe(hostile);
    for (const none of ['2', '-1', 'x', '0x0', '']) {
      expect((await get(`/messages/${message?.id}/attachments/${none}`)).status).toBe(404);
    }
  });

  test.each([
    ['/messages/1', 404, 'there is no mail 1'],
    ['/messages/..%2F..%2Fetc', 404, 'there is no mail'],
    ['/nothing', 404, 'there is no GET /nothing'],
  ])('answers %s with %d and a sentence', async (at, status, sentence) => {
    const response = await get(at);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { detail: string }).detail).toContain(sentence);
  });

  test('takes faults as JSON only, and says what is wrong with one', async () => {
    const refused = await inbox.fault({ answer: 'explode' });
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { detail: string }).detail).toContain('answer must be 451, 550');
    const form = await fetch(`${inbox.page}/faults`, { method: 'POST', body: '{"answer":451}' });
    expect(form.status).toBe(415);
    expect(await (await get('/faults')).json()).toEqual({ items: [] });
  });

  test('is not given to a page that only pretends to be here', async () => {
    const { port } = new URL(inbox.page);
    const asked = request({ port, host: '127.0.0.1', path: '/messages', headers: { host: `evil.example:${port}` } });
    asked.end();
    const [response] = await once(asked, 'response');
    response.resume();
    expect(response.statusCode).toBe(421);
  });
});

describe('the pages of the inbox', () => {
  test('show what others wrote as text, and run nothing', async () => {
    await send({ subject: hostile, to: { name: hostile, address: 'a@acme.example' }, text: hostile, html: hostile });
    const [message] = await inbox.messages();
    for (const at of ['/', `/mails/${message?.id}`]) {
      const response = await get(at);
      const html = await response.text();
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(html).toContain('&lt;script&gt;alert(1)');
      expect(html).not.toMatch(/<script|<img/);
    }
  });

  test('show a mail’s HTML in a frame in which nothing runs, nothing is fetched, and links open elsewhere', async () => {
    await send({ html: `<html><head><title>x</title></head><body>${hostile}</body></html>` });
    const [message] = await inbox.messages();
    const page = await (await get(`/mails/${message?.id}`)).text();
    expect(page).toContain(`sandbox="allow-popups allow-popups-to-escape-sandbox" src="/messages/${message?.id}/html"`);
    const response = await get(`/messages/${message?.id}/html`);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';/);
    expect(policy).not.toMatch(/script|allow-scripts|allow-same-origin/);
    expect(await response.text()).toContain('<head><base target="_blank"><title>');
  });

  test('lead from the newest fifty to the older ones', async () => {
    await send(...Array.from({ length: 53 }, (_, at) => ({ subject: `mail ${at}` })));
    const html = await (await get('/')).text();
    expect(html.match(/<li>/g)).toHaveLength(50);
    const [, older = ''] = /href="(\/\?before=\d+)"/.exec(html) ?? [];
    const rest = await (await get(older)).text();
    expect(rest.match(/class="subject">mail \d+/g)).toEqual([2, 1, 0].map((at) => `class="subject">mail ${at}`));
    expect(rest).not.toContain('Older mails');
  });

  test('say so when there is nothing', async () => {
    expect(await (await get('/')).text()).toContain('Nothing has come yet');
  });
});

describe('the program', () => {
  const program = path.resolve(__dirname, '..', '..', '..', 'dist', 'sandbox', 'mail', 'main.js');
  const home = mkdtempSync(path.join(tmpdir(), 'minutebook-inbox-program-'));
  let child: ChildProcess | undefined;
  afterAll(() => {
    child?.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });

  test('keeps its mails between runs and ends when it is told to', async () => {
    const [smtpPort, pagePort] = [await freePort(), await freePort()];
    const ids: (readonly string[])[] = [];
    for (const run of [1, 2]) {
      const env = {
        ...process.env,
        MINUTEBOOK_HOME: home,
        MAIL_SMTP_PORT: `${smtpPort}`,
        MAIL_PAGE_PORT: `${pagePort}`,
      };
      child = spawn(process.execPath, [program], { env, stdio: 'inherit' });
      const answers = () =>
        fetch(`http://127.0.0.1:${pagePort}/health`).then(
          ({ ok }) => ok,
          () => false,
        );
      await until(`the inbox answers in run ${run}`, answers, 20_000);
      const mailer = createSmtpMailer({ url: `smtp://127.0.0.1:${smtpPort}`, from });
      expect(await mailer.send(mail())).toMatchObject({ kind: 'accepted' });
      const { items } = (await (await fetch(`http://127.0.0.1:${pagePort}/messages`)).json()) as {
        items: { id: string }[];
      };
      ids.push(items.map(({ id }) => id));
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      expect(code).toBe(0);
      mailer.close();
    }
    expect(ids).toEqual([['00000001'], ['00000002', '00000001']]);
  });

  test('says which port it lacks', async () => {
    const env = { ...process.env, MINUTEBOOK_HOME: home, MAIL_SMTP_PORT: 'x', MAIL_PAGE_PORT: '1' };
    child = spawn(process.execPath, [program], { env });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(said).toContain('MAIL_SMTP_PORT must be a port');
  });
});
