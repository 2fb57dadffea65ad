// A page of docs/ as somebody types it: its commands in their order, each with the answer that the page says comes.

import { spawnSync } from 'node:child_process';

export type Step = {
  /** Of the page, where it begins. */
  readonly line: number;
  readonly language: 'sh' | 'ts';
  /** A command as a shell takes it; of TypeScript the whole block. */
  readonly text: string;
  /** As the page has it; undefined where it says nothing of it. */
  readonly answer: string | undefined;
};

export type Block = { readonly line: number; readonly language: string; readonly lines: readonly string[] };

/** What stands between fences, whatever its language. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: { line: number; language: string; lines: string[] }[] = [];
  let isInside = false;
  for (const [at, text] of page.split('\n').entries()) {
    if (text.startsWith('```')) {
      isInside = !isInside;
      if (isInside) blocks.push({ line: at + 2, language: text.slice(3), lines: [] });
    } else if (isInside) blocks.at(-1)?.lines.push(text);
  }
  return blocks;
}

export function stepsOf(page: string): readonly Step[] {
  return blocksOf(page).flatMap((block) => {
    if (block.language === 'sh') return commandsOf(block);
    return block.language === 'ts' ? [programOf(block)] : [];
  });
}

// A command is over where a shell takes what came so far as whole; the comment lines that follow are its answer.
function commandsOf({ line, lines }: Block): readonly Step[] {
  const commands: { line: number; lines: string[]; answer: string[] }[] = [];
  let isOpen = false;
  for (const [at, text] of lines.entries()) {
    const last = commands.at(-1);
    if (!isOpen && text.startsWith('# ')) last?.answer.push(text.slice(2));
    else if (isOpen) last?.lines.push(text);
    else if (text.trim() !== '') commands.push({ line: line + at, lines: [text], answer: [] });
    isOpen = !isWhole(commands.at(-1)?.lines ?? []);
  }
  return commands.map((each) => ({
    line: each.line,
    language: 'sh',
    text: each.lines.join('\n'),
    answer: each.answer.length === 0 ? undefined : each.answer.join('\n'),
  }));
}

function isWhole(lines: readonly string[]): boolean {
  if (lines.at(-1)?.endsWith('\\')) return false;
  return spawnSync('bash', ['-n'], { input: lines.join('\n') }).status === 0;
}

// Its comment lines are what it prints.
function programOf({ line, lines }: Block): Step {
  const said = lines.filter((text) => text.startsWith('// ')).map((text) => text.slice(3));
  return { line, language: 'ts', text: lines.join('\n'), answer: said.length === 0 ? undefined : said.join('\n') };
}

export type Answer = { readonly out: string; readonly code: number; readonly statuses: readonly number[] };

/**
 * What is wrong with an answer by what the page says of it; undefined where it fits. `…` stands for anything, blanks for nothing,
 * and a status is compared where the page has one; where it has none, nothing may have been refused.
 */
export function misfit(said: string | undefined, { out, code, statuses }: Answer): string | undefined {
  const [, status, text = ''] = /^(?:(\d{3})(?:\s+|$))?(.*)$/s.exec(said ?? '') ?? [];
  if (code !== 0) return `it ended with ${code}`;
  const unexpected = (status === undefined ? statuses : statuses.slice(0, -1)).find((each) => each >= 300);
  if (unexpected !== undefined) return `it was answered ${unexpected}`;
  if (status !== undefined && statuses.at(-1) !== Number(status)) {
    return `the page says ${status}, it was answered ${statuses.at(-1)}`;
  }
  return text === '' || fits(text, out) ? undefined : 'it answers otherwise than the page says';
}

// Piece by piece from the left: the first place of each is as good as any other.
function fits(said: string, came: string): boolean {
  const text = squeezed(came);
  const [first = '', ...others] = squeezed(said).split('…');
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of others) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

const squeezed = (text: string) => text.replaceAll(/\s+/g, '');
