// Where a login is kept: the address of the API and a key, in a file that only its owner reads.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export type Login = { readonly url: string; readonly key: string };

export type Saved = {
  readonly file: string;
  /** Undefined where nobody has logged in. */
  readonly read: () => Promise<Login | undefined>;
  readonly write: (login: Login) => Promise<void>;
  readonly forget: () => Promise<void>;
};

/** In the directory for configuration: XDG_CONFIG_HOME, or .config of the home directory. */
export function savedIn(env: Readonly<Record<string, string | undefined>>, home: string): Saved {
  const file = path.join(env['XDG_CONFIG_HOME'] || path.join(home, '.config'), 'minutebook', 'login.json');
  return {
    file,
    read: async () => {
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return text === undefined ? undefined : loginOf(text, file);
    },
    write: async (login) => {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      // A file that is there keeps its mode.
      await rm(file, { force: true });
      await writeFile(file, `${JSON.stringify(login)}\n`, { mode: 0o600 });
    },
    forget: () => rm(file, { force: true }),
  };
}

function loginOf(text: string, file: string): Login {
  try {
    const { url, key } = JSON.parse(text) as Partial<Login>;
    if (typeof url === 'string' && typeof key === 'string') return { url, key };
  } catch {
    // Said below: it is no login either way.
  }
  throw new Error(`${file} holds no login: run "minutebook login" again`);
}
