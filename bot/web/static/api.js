// Posting to the bot and reading from it.
import { page, say } from "./page.js";

const PATIENCE = 20000;

/** What did not work, as a sentence; `again` says that the same may work later. */
export class Failure extends Error {
  constructor(text, again) {
    super(text);
    this.again = again;
  }
}

/** Send one call and return the message that it became; `offline` words what to do where nothing answers. */
export async function post(call, offline = "failed_offline") {
  let response;
  let said;
  try {
    response = await fetch("/call", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: page.me.as, ...call }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    said = await response.json();
  } catch (error) {
    throw new Failure(say(error.name === "TimeoutError" ? "slow" : offline), true);
  }
  if (response.ok) return said;
  const { title, text, note } = said.error;
  throw new Failure(`${title} ${text} ${note}`, response.status >= 500);
}

/** What stands at an address for this person. */
export async function read(path, fields) {
  const query = new URLSearchParams({ as: page.me.as, ...fields });
  const response = await fetch(`${path}?${query}`, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(response.status);
  return response.json();
}
