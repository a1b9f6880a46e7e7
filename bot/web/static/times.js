// Times as the reader's own clock shows them.
import { page, say } from "./page.js";

const clock = new Intl.DateTimeFormat(page.locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const full = new Intl.DateTimeFormat(page.locale, { dateStyle: "full", timeStyle: "long" });
const day = new Intl.DateTimeFormat(page.locale, { month: "long", day: "numeric", weekday: "long" });
const old = new Intl.DateTimeFormat(page.locale, { year: "numeric", month: "long", day: "numeric", weekday: "long" });

export const short = (at) => clock.format(at);
export const long = (at) => full.format(at);
export const dayKey = (at) => `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;

export function dayName(at) {
  const now = new Date();
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayKey(at) === dayKey(now)) return say("today");
  if (dayKey(at) === dayKey(yesterday)) return say("yesterday");
  return (at.getFullYear() === now.getFullYear() ? day : old).format(at);
}
