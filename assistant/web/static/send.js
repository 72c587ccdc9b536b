// A form sent by a script: waits while the assistant starts and while the network is down, then says what went wrong.

const STARTING = "L'assistant démarre, encore quelques secondes.";
const BROKEN = "Une erreur s'est produite de notre côté. Réessayez dans un instant.";
const PATIENCE_MS = 90_000;
const SOON_SECONDS = 10; // the server says 3 while it starts, 30 when something is down
const ANSWER_MS = 40_000;
const AGAIN_MS = 3_000;

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until the browser says it is connected again, or a few seconds: it does not always know. */
const connected = () => Promise.race([pause(AGAIN_MS), new Promise((resolve) => addEventListener("online", resolve, { once: true }))]);

async function once(path, fields) {
  const options = { signal: AbortSignal.timeout?.(ANSWER_MS), cache: "no-store", headers: { "X-Fragment": "1" } };
  if (fields) Object.assign(options, { method: "POST", body: new URLSearchParams(fields) });
  return fetch(path, options);
}

async function detailOf(response) {
  try {
    return (await response.json()).detail || BROKEN;
  } catch {
    return BROKEN;
  }
}

/** {html, conversation} of the answer; a Problem with a French message otherwise. Without `fields` it only reads. */
export async function send(path, fields, { onWait = () => {}, onOffline = () => {} } = {}) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    let response;
    try {
      response = await once(path, fields);
    } catch {
      onOffline();
      await connected();
      continue;
    }
    if (response.ok) return { html: await response.text(), conversation: response.headers.get("X-Conversation") };
    const retry = Number(response.headers.get("Retry-After"));
    if (response.status !== 503 || !retry || retry > SOON_SECONDS || Date.now() > end) throw new Problem(response.status, await detailOf(response));
    onWait(STARTING);
    await pause(retry * 1000);
  }
}
