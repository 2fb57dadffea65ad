// The way into the billing page: links that the platform asks for, each good once, and the browsers' sessions that come of
// them. Of both only the hash of what the browser holds is stored.
export const billingPage = `
create table page_links (
  token_hash bytea primary key check (length(token_hash) = 32),
  workspace_id identifier not null references workspaces,
  -- Where the page leads back to: of the platform.
  return_url text,
  -- Which of the page's views it opens; the first where null.
  view text,
  read_only boolean not null,
  made_by text not null,
  made_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > made_at),
  used_at timestamptz
);
create index page_links_expires on page_links (expires_at);

-- Rows are updated in place as they are used, once a minute at the most: no index holds seen_at.
create table page_sessions (
  session_hash bytea primary key check (length(session_hash) = 32),
  workspace_id identifier not null references workspaces,
  return_url text,
  read_only boolean not null,
  opened_by text not null,
  begun_at timestamptz not null,
  seen_at timestamptz not null check (seen_at >= begun_at),
  ends_at timestamptz not null check (ends_at > begun_at),
  ended_at timestamptz
) with (fillfactor = 80);
create index page_sessions_ends on page_sessions (ends_at);
`;
