// Until the API has them: what the page will read.

import type { Answer as Known, OperationId as KnownId } from '../../contract/operations';

type Coming = {
  getGate: {
    readonly allowed: boolean;
    readonly reason?: string;
    readonly message?: string;
    readonly runUntil?: string;
  };
};

export type OperationId = KnownId | keyof Coming;
export type Answer<Id extends OperationId> = Id extends keyof Coming
  ? Coming[Id]
  : Id extends KnownId
    ? Known<Id>
    : never;
