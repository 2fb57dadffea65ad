// Calls that came with an Idempotency-Key, for a day: which one each was, who is answering it, and the answer once there is one.
// Neither the caller, his key nor what he sent is stored, only hashes; the answer is sealed by what he alone has.
export const idempotency = `
create table idempotent_calls (
  -- Of whose call it is and of his key.
  call_hash bytea primary key check (length(call_hash) = 32),
  -- Of what was asked: method, address and body.
  fingerprint bytea not null check (length(fingerprint) = 32),
  -- Who is answering it, and until when he is waited for.
  run uuid not null,
  leased_until timestamptz not null,
  -- Nothing that may come out otherwise when it is tried again is kept as an answer.
  status smallint check (status between 200 and 499),
  answer bytea,
  expires_at timestamptz not null,
  check ((status is null) = (answer is null))
);
create index idempotent_calls_expire on idempotent_calls (expires_at);
`;
