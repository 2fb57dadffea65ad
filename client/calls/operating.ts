// Whether Minutebook runs well, who changed what, and the keys that open it.

import type { AuditEntry } from '../../contract/audit';
import type { Key, KeyEntry, KeyRotation } from '../../contract/keys';
import type { SetAside } from '../../contract/metering';
import type { Answer } from '../../contract/operations';
import type { AuditOf, Calling } from '../calling';

export function operatingCalls({ get, post, remove, list }: Calling) {
  return {
    live: () => get<Answer<'live'>>('/health/live'),
    ready: () => get<Answer<'ready'>>('/health/ready'),
    meteringHealth: () => get<Answer<'meteringHealth'>>('/health/metering'),
    paymentsHealth: () => get<Answer<'paymentsHealth'>>('/health/payments'),
    mailHealth: () => get<Answer<'mailHealth'>>('/health/mail'),
    guardHealth: () => get<Answer<'guardHealth'>>('/health/guard'),
    stripeEventsHealth: () => get<Answer<'stripeEventsHealth'>>('/health/stripe-events'),
    /** Workspaces that metering leaves out and tries by themselves. */
    listSetAside: () => list<SetAside>('/v1/set-aside'),
    /** Who changed what, the newest first: of one workspace, action or actor, within a time. */
    listAudit: (asked: AuditOf = {}) => list<AuditEntry>('/v1/audit', { ...asked }),
    /** The key itself is in this answer and nowhere else. */
    createKey: (entry: KeyEntry) => post<Answer<'createKey'>>('/v1/keys', entry),
    listKeys: () => list<Key>('/v1/keys'),
    /** The old key goes on for a day, or as the rotation says. */
    rotateKey: (id: string, rotation: KeyRotation = {}) =>
      post<Answer<'rotateKey'>>(`/v1/keys/${encodeURIComponent(id)}/rotate`, rotation),
    revokeKey: (id: string) => remove<Answer<'revokeKey'>>(`/v1/keys/${encodeURIComponent(id)}`),
  };
}
