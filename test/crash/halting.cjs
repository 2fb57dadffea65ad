// Preloaded into a worker (`node --require`): holds up chosen activities at a chosen step for ever, so that a kill meets them
// there. A step is a statement to Postgres or a call to Stripe, in the order in which an activity makes them: what is new in
// the code is a step by itself. HALT_PLAN: JSON, by workflow id, `{activity, before: n}` or `{activity, after: n}` (the step is done, its
// answer never comes). HALT_FILE: a line of JSON for each step that is made, and for each halt.
const fs = require('node:fs');
const http = require('node:http');
const { EventEmitter } = require('node:events');
const { asyncLocalStorage } = require('@temporalio/activity');
const pg = require('pg');

const plan = JSON.parse(process.env.HALT_PLAN ?? '{}');
const file = process.env.HALT_FILE;
const counts = new Map();

/** The step that is about to be made, and whether it is halted; undefined outside of an activity. */
function stepOf(what) {
  const info = asyncLocalStorage.getStore()?.info;
  if (info === undefined) return undefined;
  const { workflowId } = info.workflowExecution;
  const attempt = `${workflowId} ${info.activityType} ${info.activityId} ${info.attempt}`;
  const step = (counts.get(attempt) ?? 0) + 1;
  counts.set(attempt, step);
  tell({ workflowId, activity: info.activityType, attempt: info.attempt, step, what });
  const wanted = plan[workflowId];
  const isMeant = wanted !== undefined && wanted.activity === info.activityType;
  const halt = () => tell({ workflowId, activity: info.activityType, step, halted: true });
  return { before: isMeant && wanted.before === step, after: isMeant && wanted.after === step, halt };
}

function tell(line) {
  fs.appendFileSync(file, `${JSON.stringify(line)}\n`);
}

const query = pg.Client.prototype.query;
pg.Client.prototype.query = function halting(config, values, callback) {
  const text = typeof config === 'string' ? config : config?.text;
  const step = stepOf(String(text).replace(/\s+/g, ' ').trim().slice(0, 60));
  const answer = typeof values === 'function' ? values : (callback ?? config?.callback);
  if (step?.before) {
    step.halt();
    return typeof answer === 'function' ? undefined : new Promise(() => undefined);
  }
  if (!step?.after) return query.call(this, config, values, callback);
  const swallow = () => step.halt();
  if (typeof values === 'function') return query.call(this, config, swallow);
  if (typeof callback === 'function') return query.call(this, config, values, swallow);
  return query.call(this, config, values).then(() => {
    step.halt();
    return new Promise(() => undefined);
  });
};

// The package `stripe` asks node:http for its requests; nothing else in these activities does.
const request = http.request;
http.request = function halting(...given) {
  const options = given.find((each) => typeof each === 'object' && each !== null);
  const step = stepOf(`${options?.method} ${String(options?.path).split('?')[0]}`);
  if (step?.before) {
    step.halt();
    return unsent();
  }
  const made = request.apply(this, given);
  if (!step?.after) return made;
  const emit = made.emit;
  made.emit = function swallowing(event, ...rest) {
    if (event !== 'response') return emit.call(this, event, ...rest);
    // Read to its end, as the connection is: it came, and nobody learns of it.
    rest[0].resume();
    step.halt();
    return true;
  };
  return made;
};

function unsent() {
  const nothing = new EventEmitter();
  for (const name of ['write', 'end', 'setTimeout', 'setNoDelay', 'setSocketKeepAlive', 'destroy'])
    nothing[name] = () => nothing;
  return nothing;
}
