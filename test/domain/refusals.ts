// What a parser says of a body that it refuses, as lines of `index field`, for tables of negative cases.
import { type Fault, MinutebookError } from '../../domain/errors';

export function faultsOf(parse: () => unknown): readonly Fault[] {
  return refusalOf(parse).faults ?? [];
}

export function faultPlaces(parse: () => unknown): string[] {
  return faultsOf(parse).map(({ index, field }) => (index === undefined ? field : `${index} ${field}`));
}

export function refusalOf(parse: () => unknown): MinutebookError {
  try {
    parse();
  } catch (error) {
    if (error instanceof MinutebookError) return error;
    throw error;
  }
  throw new Error('expected a refusal, and it was accepted');
}
