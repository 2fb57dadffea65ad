// Links between the pages: to files that are there, and to headings that they have.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..', '..');
const guides = readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'client/README.md', ...guides.map((name) => `docs/${name}`)];

const textOf = (page: string) => readFileSync(path.join(root, page), 'utf8').replaceAll(/^```.*?^```/gms, '');

// As GitHub makes them.
function anchorsOf(page: string): readonly string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(pages)('every link of %s leads somewhere', (page) => {
  const lost = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^https?:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const to = file === '' ? page : path.join(path.dirname(page), file);
    if (!existsSync(path.join(root, to))) return [link];
    return anchor === undefined || anchorsOf(to).includes(anchor) ? [] : [link];
  });
  expect(lost).toEqual([]);
});
