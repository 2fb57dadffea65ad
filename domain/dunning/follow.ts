// What follows a decline: the table of rows.ts and debit-rows.ts, read from the top.
import { debitRows, otherDebitRow } from './debit-rows';
import type { Decline, DeclineRow, DeclineWords, Signals, WhatFollows } from './decline';
import { cardRows, plainRow } from './rows';

/**
 * What follows a decline. Never throws, whatever the codes are: one that no row knows is a plain decline (a debit: one that
 * is not presented again) with `isKnown: false`.
 */
export function followDecline(decline: Decline): WhatFollows {
  const [rows, otherwise] =
    decline.methodType === 'card' ? [[...cardRows, plainRow], plainRow] : [debitRows, otherDebitRow];
  const found = rows.find(({ signals }) => isSignalled(signals, decline));
  const { name, follow, words } = found ?? otherwise;
  // A card that is never to be tried again may simply have expired: its own reason tells the customer more.
  const why = reasonOf(rows, decline) ?? words.why;
  return { ...follow, row: name, isKnown: found !== undefined, words: { why, whatToDo: words.whatToDo } };
}

function reasonOf(rows: readonly DeclineRow[], { code, declineCode }: Decline): string | undefined {
  const own = [declineCode, code].map((each) => rows.find(({ signals }) => isOf(signals.codes, each)));
  return own.find((row) => row !== undefined)?.words.why;
}

function isSignalled(signals: Signals, decline: Decline): boolean {
  const { brand, code, declineCode, adviceCode, networkDeclineCode, networkAdviceCode } = decline;
  return (
    isOf(signals.codes, declineCode) ||
    isOf(signals.codes, code) ||
    isOf(signals.advice, adviceCode) ||
    (brand === 'visa' && isOf(signals.visa, networkDeclineCode)) ||
    (brand === 'mastercard' && isOf(signals.mastercardAdvice, networkAdviceCode)) ||
    isOf(signals.network, networkDeclineCode) ||
    isOf(signals.returns, decline.returnCode)
  );
}

function isOf(known: readonly string[] = [], code: string | null): boolean {
  return code !== null && known.includes(code);
}

const rows = [...cardRows, plainRow, ...debitRows, otherDebitRow];

/** Names of the rows after which a card or account is not to be charged again, for whatever invoice, also not added anew. */
export const neverRows: readonly string[] = [
  ...new Set(rows.filter(({ follow }) => follow.kind === 'never' && !follow.mayComeBack).map(({ name }) => name)),
];

/** What the customer is told of a decline that a row of this name followed up. */
export function wordsOfRow(name: string): DeclineWords {
  return (rows.find((row) => row.name === name) ?? plainRow).words;
}
