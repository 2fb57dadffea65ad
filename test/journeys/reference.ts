// A second, slow way to the same bills: a set of minutes, a loop over hours, plain bigint. It shares no code with
// domain/, so that a mistake would have to be made twice in different words.

export type Used = {
  readonly model: string;
  readonly version: string;
  readonly replica: string;
  readonly instanceType: string;
  readonly phase: string;
  readonly fromMs: number;
  readonly toMs: number;
};

export type World = {
  /** By instance type, ascending: from an instant on, a minute costs so many nano-dollars. */
  readonly prices: Readonly<Record<string, readonly { readonly fromMs: number; readonly nanos: bigint }[]>>;
  /** Ascending. Tiers are `[up to nano-dollars or null, basis points]`. */
  readonly terms: readonly {
    readonly fromMs: number;
    readonly tiers: readonly (readonly [bigint | null, bigint])[];
    readonly programBasisPoints: bigint;
    readonly idleIsBillable: boolean;
  }[];
  /** In the order in which they are spent. Validity in instants. */
  readonly grants: readonly {
    readonly key: string;
    readonly nanos: bigint;
    readonly fromMs: number;
    readonly untilMs: number;
    /** The position of the first invoice that can know of it. */
    readonly knownFrom: number;
  }[];
};

export type Expected = {
  readonly minutes: number;
  readonly list: bigint;
  readonly volume: bigint;
  readonly program: bigint;
  readonly credits: bigint;
  readonly due: bigint;
  readonly totalCents: bigint;
};

const hour = 3_600_000;
const monthOf = (ms: number) => new Date(ms).toISOString().slice(0, 7);

/** Bills one period after the other; `reports[n]` is what became known before the n-th invoice. */
export function expectedInvoices(
  world: World,
  { months, reports }: { readonly months: readonly string[]; readonly reports: readonly (readonly Used[])[] },
): { readonly invoices: readonly Expected[]; readonly left: Readonly<Record<string, bigint>> } {
  const known = new Map<string, { ms: number; instanceType: string }>();
  const billed = new Set<string>();
  const listOfMonth = new Map<string, bigint>();
  const left: Record<string, bigint> = Object.fromEntries(world.grants.map(({ key, nanos }) => [key, nanos]));

  const invoices = months.map((current, position) => {
    for (const report of reports[position] ?? []) learn(known, report, world);
    const owed = [...known].filter(([key, { ms }]) => !billed.has(key) && monthOf(ms) <= current);
    const hours = new Map<number, bigint>();
    for (const [key, { ms, instanceType }] of owed) {
      billed.add(key);
      const at = Math.floor(ms / hour) * hour;
      hours.set(at, (hours.get(at) ?? 0n) + priceAt(world, instanceType, at));
    }
    const sums = { list: 0n, volume: 0n, program: 0n, credits: 0n, due: 0n };
    for (const [at, list] of [...hours].sort(([one], [other]) => one - other)) {
      const terms = world.terms.findLast(({ fromMs }) => fromMs <= at);
      const before = listOfMonth.get(monthOf(at)) ?? 0n;
      listOfMonth.set(monthOf(at), before + list);
      const volume = discount(terms?.tiers ?? [], before + list) - discount(terms?.tiers ?? [], before);
      const program = percent(list - volume, terms?.programBasisPoints ?? 0n);
      let due = list - volume - program;
      for (const grant of world.grants) {
        const isValid = at >= Math.floor(grant.fromMs / hour) * hour && at < grant.untilMs;
        const rest = left[grant.key] ?? 0n;
        if (!isValid || grant.knownFrom > position || due === 0n || rest === 0n) continue;
        const drawn = due < rest ? due : rest;
        left[grant.key] = rest - drawn;
        sums.credits += drawn;
        due -= drawn;
      }
      sums.list += list;
      sums.volume += volume;
      sums.program += program;
      sums.due += due;
    }
    return { minutes: owed.length, ...sums, totalCents: (sums.due + 5_000_000n) / 10_000_000n };
  });
  return { invoices, left };
}

function learn(known: Map<string, { ms: number; instanceType: string }>, report: Used, world: World): void {
  for (let ms = Math.floor(report.fromMs / 60_000) * 60_000; ms < report.toMs; ms += 60_000) {
    const at = Math.floor(ms / hour) * hour;
    const idleIsBillable = world.terms.findLast(({ fromMs }) => fromMs <= at)?.idleIsBillable ?? false;
    if (report.phase === 'idle' && !idleIsBillable) continue;
    const { model, version, replica, instanceType } = report;
    known.set([model, version, replica, instanceType, ms].join(' '), { ms, instanceType });
  }
}

function priceAt(world: World, instanceType: string, ms: number): bigint {
  const price = world.prices[instanceType]?.findLast(({ fromMs }) => fromMs <= ms);
  if (price === undefined) throw new Error(`no price of ${instanceType}`);
  return price.nanos;
}

function discount(tiers: readonly (readonly [bigint | null, bigint])[], list: bigint): bigint {
  let sum = 0n;
  let from = 0n;
  for (const [upTo, basisPoints] of tiers) {
    const to = upTo === null || list < upTo ? list : upTo;
    if (to > from) sum += percent(to - from, basisPoints);
    from = upTo ?? from;
  }
  return sum;
}

function percent(amount: bigint, basisPoints: bigint): bigint {
  return (amount * basisPoints + 5_000n) / 10_000n;
}
