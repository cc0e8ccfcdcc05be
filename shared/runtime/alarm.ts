import { errorAction } from "./errors.js";
import type { Logger } from "./logger.js";

/** Something the operator should know. `subject` tells alerts with the same code apart. */
export interface Alert {
  readonly code: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Alarm {
  /** Told at every look all that is wrong. */
  show(alerts: readonly Alert[]): void;
}

/** Says an alert when it comes up and when it is over; in between it is only counted. */
export function createAlarm(logger: Logger): Alarm {
  const open = new Map<string, { alert: Alert; looks: number }>();
  return {
    show(alerts) {
      const now = new Set<string>();
      for (const alert of alerts) {
        const key = `${alert.code}:${alert.subject}`;
        now.add(key);
        const known = open.get(key);
        if (known !== undefined) known.looks += 1;
        else {
          open.set(key, { alert, looks: 1 });
          const fields = { alert: alert.code, subject: alert.subject, ...alert.details };
          // What may pass by itself is no reason to wake anybody.
          if ("error" in alert.details && errorAction(alert.details["error"]) === "retry")
            logger.warn(fields, "duty held up");
          else logger.error(fields, "operator needed");
        }
      }
      for (const [key, { alert, looks }] of open) {
        if (now.has(key)) continue;
        open.delete(key);
        logger.info({ alert: alert.code, subject: alert.subject, looks }, "alert over");
      }
    },
  };
}
