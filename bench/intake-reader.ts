// A process that reads dashboards one after the other until it is told that it is enough, and then tells how long each took.
import { sleep } from '../sandbox/processes/processes';

type Reading = {
  readonly url: string;
  readonly key: string;
  readonly workspaces: readonly string[];
  readonly everyMs: number;
};

let isOver = false;

process.on('message', (message: Reading | 'enough') => {
  if (message === 'enough') isOver = true;
  else read(message).then(tell, fail);
});

async function read({ url, key, workspaces, everyMs }: Reading): Promise<readonly number[]> {
  const times: number[] = [];
  for (let each = 0; !isOver; each++) {
    const workspace = workspaces[(each * 7919) % workspaces.length];
    const before = performance.now();
    const response = await fetch(`${url}/v1/workspaces/${workspace}/usage`, {
      headers: { authorization: `Bearer ${key}` },
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`reading was answered ${response.status}`);
    times.push(performance.now() - before);
    await sleep(everyMs);
  }
  return times;
}

function tell(times: readonly number[]): void {
  process.send?.(times, () => process.exit(0));
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
