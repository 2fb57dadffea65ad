// docs/llms.txt is what the code says, and in the form that programs expect of such a page.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { llmsPage } from '../../contract/llms-page';

const docs = path.resolve(__dirname, '../../docs');
const page = readFileSync(path.join(docs, 'llms.txt'), 'utf8');

test('docs/llms.txt is what the code says; npm run openapi writes it anew', () => {
  expect(page).toBe(llmsPage({ docs: '', root: '', client: '../client/README.md' }));
});

test('a name, a summary, what to know, and then sections of nothing but links with what is there', () => {
  const [head = '', ...sections] = page.trimEnd().split('\n## ');
  expect(head).toMatch(/^# Minutebook\n\n(> .+\n)+\n/);
  expect(head).not.toMatch(/^#+ (?!Minutebook)/m);
  expect(sections.map((section) => section.split('\n')[0])).toEqual(['Guides', 'Reference', 'Optional']);
  for (const section of sections) {
    const [, blank, ...lines] = section.trimEnd().split('\n');
    expect(blank).toBe('');
    for (const line of lines) expect(line).toMatch(/^- \[[^\]]+\]\([^)]+\): \S/);
  }
});

test('every file that it leads to is in the repository', () => {
  for (const [, name = ''] of page.matchAll(/\]\(([^)]+)\)/g)) {
    expect(readFileSync(path.join(docs, name), 'utf8')).not.toBe('');
  }
});
