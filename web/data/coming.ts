// Until the API has them: what the page will read.

import type { Answer as Known, OperationId as KnownId } from '../../contract/operations';
import type { AwaitedThing } from '../../domain/collecting/decide';

type Estimate = { readonly low: string; readonly expected: string; readonly high: string };

type Coming = {
  getGate: {
    readonly allowed: boolean;
    readonly reason?: string;
    readonly message?: string;
    readonly runUntil?: string;
  };
  getForecast: {
    readonly period: string;
    readonly asOf: string;
    readonly listAmount: Estimate;
    readonly amountDue: Estimate;
    readonly basis: string;
  };
  getCreditStatement: {
    readonly items: readonly {
      readonly at: string;
      readonly kind: string;
      readonly grant: string;
      readonly amount: string;
      readonly balance: string;
      readonly invoice?: string;
      readonly number?: string;
      readonly period?: string;
    }[];
    readonly next?: string;
  };
  getInvoicePayments: Known<'getInvoicePayments'> & { readonly waitsFor?: AwaitedThing };
};

export type OperationId = KnownId | keyof Coming;
export type Answer<Id extends OperationId> = Id extends keyof Coming
  ? Coming[Id]
  : Id extends KnownId
    ? Known<Id>
    : never;
