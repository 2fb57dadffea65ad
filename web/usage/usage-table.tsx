// Each model that has run, what it cost, and folded out what of it each version and instance type was.
import { useDeferredValue, useMemo, useState } from 'react';
import type { Answer } from '../../contract/operations';
import { formatUsd, sumNanos } from '../../domain/money';
import { useAsk, usePlace, useQuestions } from '../address/use-place';
import { useAnswer } from '../data/use-answer';
import { count, dollars, nanosOf } from '../shown/format';
import { Nothing } from '../shown/states';
import { termsNow } from '../shown/terms';
import { counted } from '../shown/words';
import { ModelRows } from './model-rows';
import { formatSorting, found, type Model, parseSorting, type SortKey, sorted } from './rows';

export function UsageTable({ usage }: { readonly usage: Answer<'getUsage'> }) {
  const { query } = usePlace();
  const ask = useAsk();
  const search = useDeferredValue(query['q'] ?? '');
  const sorting = parseSorting(query['sort']);
  const { by, isReversed } = sorting;
  const matching = useMemo(() => found(usage.models, search), [usage.models, search]);
  const models = useMemo(() => sorted(matching, { by, isReversed }, (each) => each.model), [matching, by, isReversed]);
  return (
    <section aria-labelledby="models">
      <div className="bar">
        <h2 id="models">Models</h2>
        <Search of={usage.models.length} />
      </div>
      <p className="sr-only" role="status">
        {search === '' ? '' : `${counted(models.length, 'model')} found`}
      </p>
      {models.length === 0 ? (
        <Nothing>No model, version or instance type has “{search}” in its name.</Nothing>
      ) : (
        <table className="usage">
          <Head sorting={sorting} onSort={(key) => ask({ sort: nextSorting(key, sorting) }, { replace: true })} />
          {models.map((model) => (
            <ModelRows
              key={model.model}
              model={model}
              period={usage.period}
              sorting={sorting}
              isOpen={query['open'] === model.model}
              onFold={(isOpen) => ask({ open: isOpen ? model.model : undefined }, { replace: true })}
            />
          ))}
          <Foot models={models} isAll={search === ''} />
        </table>
      )}
      <HowItIsCounted />
    </section>
  );
}

function HowItIsCounted() {
  const { value: terms } = useAnswer(useQuestions().terms());
  const isIdleBilled = termsNow(terms)?.billablePhases.includes('idle') ?? false;
  return (
    <p className="quiet">
      Cost is replica-minutes times unit price, before discounts and credits. A replica-minute is one minute of one
      replica; active is the time in which at least one replica ran. Minutes in which a replica was idle, warm and
      without traffic, {isIdleBilled ? 'are billed, too' : 'stand apart and are not billed'}.
    </p>
  );
}

// What is typed shows at once; the address, and the list by it, follow.
function Search({ of }: { readonly of: number }) {
  const { query } = usePlace();
  const ask = useAsk();
  const [text, setText] = useState(query['q'] ?? '');
  const type = (typed: string) => {
    setText(typed);
    ask({ q: typed }, { replace: true });
  };
  return (
    <input
      type="search"
      aria-label="Search models, versions and instance types"
      placeholder={`Search ${counted(of, 'model')}`}
      value={text}
      onChange={({ target }) => type(target.value)}
    />
  );
}

const columns: readonly { readonly key: SortKey; readonly name: string; readonly className?: string }[] = [
  { key: 'name', name: 'Model' },
  { key: 'active', name: 'Active', className: 'number wide' },
  { key: 'minutes', name: 'Replica-minutes', className: 'number wide' },
  { key: 'cost', name: 'Cost', className: 'number' },
];

type Sorting = ReturnType<typeof parseSorting>;

function nextSorting(key: SortKey, { by, isReversed }: Sorting): string | undefined {
  return formatSorting({ by: key, isReversed: key === by && !isReversed });
}

function Head({ sorting, onSort }: { readonly sorting: Sorting; readonly onSort: (key: SortKey) => void }) {
  return (
    <thead>
      <tr>
        {columns.map(({ key, name, className }) => (
          <th key={key} scope="col" className={className} aria-sort={sortOf(key, sorting)}>
            <button type="button" className="sort" onClick={() => onSort(key)}>
              {name}
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function sortOf(key: SortKey, { by, isReversed }: Sorting): 'ascending' | 'descending' | undefined {
  if (key !== by) return undefined;
  return (key === 'name') === !isReversed ? 'ascending' : 'descending';
}

function Foot({ models, isAll }: { readonly models: readonly Model[]; readonly isAll: boolean }) {
  const minutes = models.reduce((sum, each) => sum + each.replicaMinutes, 0);
  return (
    <tfoot>
      <tr>
        <th scope="row">{isAll ? 'All models' : counted(models.length, 'model')}</th>
        <td className="number wide" />
        <td className="number wide">{count(minutes)}</td>
        <td className="number">{dollars(formatUsd(sumNanos(models.map((each) => nanosOf(each.listAmount)))))}</td>
      </tr>
    </tfoot>
  );
}
