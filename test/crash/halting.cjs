// Preloaded into a worker (`node --require`): holds up chosen activities at a chosen step for ever, so that a kill meets them
// there. A step is a statement to Postgres, a call to Stripe or a mail that is handed over, in the order in which an activity
// makes them: what is new in the code is a step by itself. HALT_PLAN: JSON, by workflow id, `{activity, before: n}` or
// `{activity, after: n}` (the step is done, its answer never comes). HALT_FILE: a line of JSON for each step that is made, for
// each halt, and for each activity that has come to its end.
const fs = require('node:fs');
const http = require('node:http');
const { EventEmitter } = require('node:events');
const { isMainThread } = require('node:worker_threads');
const { asyncLocalStorage } = require('@temporalio/activity');
const { Worker } = require('@temporalio/worker');
const nodemailer = require('nodemailer');
const pg = require('pg');

// Whoever started this may be killed as well: it holds the other end. (Threads of workflows are loaded with this, too.)
if (isMainThread) process.stdin.resume().on('close', () => process.exit(1));

const plan = JSON.parse(process.env.HALT_PLAN ?? '{}');
const file = process.env.HALT_FILE;
const counts = new Map();

function tell(line) {
  fs.appendFileSync(file, `${JSON.stringify(line)}\n`);
}

function current() {
  const info = asyncLocalStorage.getStore()?.info;
  if (info === undefined) return undefined;
  return { workflowId: info.workflowExecution.workflowId, activity: info.activityType, attempt: info.attempt };
}

/** The step that is about to be made, and whether it is halted; undefined outside of an activity. */
function stepOf(what) {
  const at = current();
  if (at === undefined) return undefined;
  const key = `${at.workflowId} ${asyncLocalStorage.getStore().info.activityId} ${at.attempt}`;
  const step = (counts.get(key) ?? 0) + 1;
  counts.set(key, step);
  tell({ kind: 'step', ...at, step, what });
  const wanted = plan[at.workflowId];
  const isMeant = wanted !== undefined && wanted.activity === at.activity;
  const halt = () => {
    tell({ kind: 'halted', ...at });
    return new Promise(() => undefined);
  };
  return { before: isMeant && wanted.before === step, after: isMeant && wanted.after === step, halt };
}

const query = pg.Client.prototype.query;
pg.Client.prototype.query = function halting(config, values, callback) {
  const text = typeof config === 'string' ? config : config?.text;
  const step = stepOf(String(text).replace(/\s+/g, ' ').trim().slice(0, 5000));
  const answer = typeof values === 'function' ? values : (callback ?? config?.callback);
  if (step?.before) {
    const never = step.halt();
    return typeof answer === 'function' ? undefined : never;
  }
  if (!step?.after) return query.call(this, config, values, callback);
  if (typeof values === 'function') return query.call(this, config, step.halt);
  if (typeof callback === 'function') return query.call(this, config, values, step.halt);
  return query.call(this, config, values).then(step.halt);
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

const createTransport = nodemailer.createTransport;
nodemailer.createTransport = function halting(...given) {
  const transport = createTransport.apply(this, given);
  const send = transport.sendMail;
  transport.sendMail = async function halted(message) {
    const step = stepOf('SMTP');
    if (step?.before) return step.halt();
    const sent = await send.call(this, message);
    return step?.after ? step.halt() : sent;
  };
  return transport;
};

// Each that is held up has a place of its own, and the others go on beside it.
const create = Worker.create;
Worker.create = function roomy(options) {
  const activities = Object.entries(options.activities).map(([name, work]) => [name, tellingItsEnd(work)]);
  return create.call(this, {
    ...options,
    activities: Object.fromEntries(activities),
    maxConcurrentActivityTaskExecutions: 200,
    maxTaskQueueActivitiesPerSecond: undefined,
  });
};

function tellingItsEnd(work) {
  return async (...given) => {
    const result = await work(...given);
    tell({ kind: 'ended', ...current() });
    return result;
  };
}
