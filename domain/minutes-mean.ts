// What a billed minute is, in a sentence for customers.
import { type Month, monthHours } from './period';
import { type TermsPoint, termsInForce } from './terms';
import { type Phase, phases } from './usage';

const words: { readonly [phase in Phase]: string } = {
  deploying: 'deploying',
  scaling_up: 'scaling up',
  serving: 'serving',
  scaling_down: 'scaling down',
  idle: 'idle',
};

/** By the terms that were in force at any time of these months. */
export function minutesMean(of: { readonly terms: readonly TermsPoint[]; readonly months: readonly Month[] }): string {
  const lists = of.months.flatMap((month) => phaseListsOf(of.terms, month));
  const billed = phases.filter((phase) => lists.some((list) => list.includes(phase)));
  const always = phases.filter((phase) => lists.every((list) => list.includes(phase)));
  const changed = billed.length === always.length ? '' : ', as the terms of each hour say';
  return `A minute is billed when a replica spent any part of it ${listed(billed)}${changed}. It is counted once a replica, in UTC.`;
}

function phaseListsOf(terms: readonly TermsPoint[], month: Month): readonly (readonly Phase[])[] {
  const { from, to } = monthHours(month);
  const changes = terms.filter(({ fromHour }) => fromHour > from && fromHour < to);
  return [termsInForce(terms, from), ...changes.map((point) => point.terms)].map(
    ({ billablePhases }) => billablePhases,
  );
}

function listed(list: readonly Phase[]): string {
  const named = list.map((phase) => words[phase]);
  return named.length < 2 ? named.join('') : `${named.slice(0, -1).join(', ')} or ${named.at(-1)}`;
}
