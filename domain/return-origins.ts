// Where pages of ours may lead: to addresses of origins that whoever runs this has named. Any address would be a gift to
// phishers, as links that begin with our own name would lead to theirs.

/** Whether an address is of one of the origins, such as `https://app.example.com`. */
export function isOfOrigin(url: string, origins: readonly string[]): boolean {
  return URL.canParse(url) && origins.includes(new URL(url).origin);
}
