// Costs of the period: by day, as a running total up to its end, or of one day by hour; beside them those of the time before.
import { Link } from '../address/link';
import { hrefWith, usePlace } from '../address/use-place';
import { isDay } from '../chart/times';
import { longDay } from '../shown/format';
import { CostByDay } from './cost-by-day';
import { CostByHour } from './cost-by-hour';

export function UsageChart({ period }: { readonly period: string }) {
  const place = usePlace();
  const { day, by } = place.query;
  const shownDay = isDay(day) && day.startsWith(period) ? day : undefined;
  const isTotal = by === 'total';
  return (
    <section className="usage-chart" aria-label="Cost over time">
      <div className="bar">
        <h2>
          {shownDay !== undefined ? `Cost by hour, ${longDay(shownDay)}` : isTotal ? 'Running total' : 'Cost by day'}
        </h2>
        <p className="choice">
          {shownDay === undefined ? (
            <>
              <Choice isChosen={!isTotal} to={hrefWith(place, { by: undefined })} name="By day" />
              <Choice isChosen={isTotal} to={hrefWith(place, { by: 'total' })} name="Running total" />
            </>
          ) : (
            <Link to={hrefWith(place, { day: undefined })}>All days</Link>
          )}
        </p>
      </div>
      <div className="chart-room">
        {shownDay === undefined ? <CostByDay period={period} isTotal={isTotal} /> : <CostByHour day={shownDay} />}
      </div>
    </section>
  );
}

function Choice({ isChosen, to, name }: { readonly isChosen: boolean; readonly to: string; readonly name: string }) {
  return (
    <Link to={to} aria-current={isChosen ? 'true' : undefined}>
      {name}
    </Link>
  );
}
