// Talks to the JSON API: waits while the assistant starts, sends once more when the network failed.

const STARTING = "L'assistant démarre, encore quelques secondes.";
const OFFLINE = "Le message n'est pas parti : vérifiez votre connexion, puis réessayez.";
const BROKEN = "Une erreur s'est produite de notre côté. Réessayez dans un instant.";
const PATIENCE_MS = 90_000;
const SOON_SECONDS = 10; // the server says 3 while it starts, 30 when something is down
const ANSWER_MS = 40_000;
const RETRY_MS = 2_000;

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function once(method, path, body) {
  const options = { method, signal: AbortSignal.timeout?.(ANSWER_MS), cache: "no-store", credentials: "omit" };
  if (body) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  return fetch(path, options);
}

async function twice(method, path, body) {
  try {
    return await once(method, path, body);
  } catch {
    await pause(RETRY_MS);
    return once(method, path, body).catch(() => {
      throw new Problem(0, OFFLINE);
    });
  }
}

async function detailOf(response) {
  try {
    return (await response.json()).detail || BROKEN;
  } catch {
    return BROKEN;
  }
}

/** The answer's JSON; a Problem with a French message otherwise. `onWait` is told what to show while waiting. */
export async function call(method, path, body, onWait = () => {}) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const response = await twice(method, path, body);
    if (response.ok) return response.status === 204 ? null : response.json();
    const retry = Number(response.headers.get("Retry-After"));
    if (response.status !== 503 || !retry || retry > SOON_SECONDS || Date.now() > end) throw new Problem(response.status, await detailOf(response));
    onWait(STARTING);
    await pause(retry * 1000);
  }
}
