// Around every activity: it beats by itself while it gets on with its work. A worker that is killed, or its machine, stops at
// once and is noticed within the heartbeat timeout; one that hangs stops a little later.
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Progress } from '../runtime/progress';

const everyMs = 5000;

/**
 * The longest that an activity is silent and still to be waited for: a call to Stripe that waits for its turn and for the
 * card's bank, a mail on its way (180 s), documents being drawn, a statement (90 s), and a pause after any of them.
 */
const silenceMsMax = 300_000;

export function keepBeating(
  progress: Progress,
  { beatMs = everyMs, silentMsMax = silenceMsMax } = {},
): ActivityInterceptorsFactory {
  return (context) => ({
    inbound: {
      execute: async (input, next) => {
        progress.note();
        const timer = setInterval(() => {
          if (progress.silenceMs(context) < silentMsMax) context.heartbeat();
        }, beatMs);
        try {
          return await next(input);
        } finally {
          clearInterval(timer);
        }
      },
    },
  });
}
