"""The citizen's page against the stock open-source widget (rasa-webchat, npm) on the same trained model, in one run.

    python bench/page.py [--runs 5]

Both answer on this machine and are opened by the same Chromium on a telephone's screen with nothing cached: how much comes over
the network (as sent, and compressed alike for both), how many requests and to how many other hosts, the first paint, when one
can type, and the time to the first answer; then once more on a slow telephone network. Writes docs/bench-page.md.
Fails where our page weighs 60 kB or more compressed, asks another host for anything, or never answers. Needs npm and Chromium.
"""

import argparse
import gzip
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine import ACTIONS_PORT, ENDPOINTS, OURS, OURS_PORT, RASA, RASA_PORT, copy_places, running
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from assistant.dialogue.engine import WELCOME
from assistant.dialogue.model import newest_model
from assistant.settings import PROJECT, Settings

WIDGET = "rasa-webchat@1.0.1"
SAID, ANSWERED = "j'ai perdu mon permis de conduire", "Service concerné"
ANSWER_MS = 25_000
"""Past this, no answer came (an infinite time), and the report says so."""
REPORT = PROJECT / "docs" / "bench-page.md"
LIMIT_KB = 60
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""Slow 3G: 400 kbit/s, 400 ms away."""
SLOW_SOCKETS = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) { setTimeout(() => send.call(this, data), LATENCY); };
"""
"""Chromium spares web sockets the latency that it gives requests: as much before each message. Their opening stays free."""
CREDENTIALS = """
socketio:
  user_message_evt: user_uttered
  bot_message_evt: bot_uttered
  session_persistence: false
rest:
"""
"""Rasa's default: with sessions that persist, Rasa 3.6 answers into a room that it never entered (python-socketio made it a coroutine)."""
STOCK_PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Assistant</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head><body><div id="chat"></div>
<script src="/index.js"></script><script>
WebChat.default({selector: "#chat", socketUrl: "http://127.0.0.1:PORT", socketPath: "/socket.io/", embedded: true,
  initPayload: "WELCOME", customMessageDelay: () => 0, inputTextFieldHint: "Votre message", params: {storage: "session"}}, null);
</script></body></html>"""
"""As the widget's manual says, without its pretended typing time. Its first payload is ours: without one it opens the conversation by
an empty message, which no rule of the model answers, and Rasa's circuit breaker then keeps the conversation silent."""
PYTHON_3_10 = """
import asyncio

wait = asyncio.wait


async def wait_for_coroutines(awaitables, **options):
    return await wait([asyncio.ensure_future(each) for each in awaitables], **options)


asyncio.wait = wait_for_coroutines
"""
"""A `sitecustomize` for the stock server alone. Rasa 3.6 is made for Python 3.10 at most: the web sockets of its Sanic (21.12) give
coroutines to `asyncio.wait`, which 3.11 refuses, and the browser is left with an "invalid frame header". Nothing of Rasa is changed."""
LIBRARIES = ("rasa", "sanic", "websockets", "python-socketio", "python-engineio")
FIGURES = {
    "sent": "octets reçus, ko",
    "compressed": "octets compressés (gzip), ko",
    "requests": "requêtes",
    "hosts": "autres sites interrogés",
    "paint": "premier affichage, ms",
    "typing": "on peut écrire, ms",
    "answer": "première réponse, ms",
}
AVOWED = (
    "Une seule chose est ajoutée, sans toucher à Rasa : son processus retrouve l'`asyncio.wait` de Python 3.10, le dernier que Rasa 3.6",
    "connaisse ; sous 3.11, ses web sockets se ferment. Le widget reçoit `/accueillir` en premier message, et ne fait pas semblant de taper.",
    "",
    "Ce qui avantage le widget : sa police vient de `fonts.googleapis.com`, qui ne pèse rien ici si la machine n'a pas Internet ; et seuls",
    "les mots de la réponse lui parviennent, le canal socket.io de Rasa ne sachant pas envoyer nos listes de documents et de lieux.",
    "Chromium ne ralentit pas l'attente d'un web socket : le banc ajoute celle d'une requête à chaque message, mais pas à l'ouverture.",
)
"""What the reader must know of the stock side."""
Measured = dict[str, float]


def fetch_widget(folder: Path) -> None:
    """The stock widget from the npm registry, with a page that holds nothing else."""
    subprocess.run(["npm", "pack", WIDGET, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        script = package.extractfile("package/lib/index.js").read()  # type: ignore[union-attr]
    (folder / "index.js").write_bytes(gzip.compress(script, 6))
    page = STOCK_PAGE.replace("PORT", str(RASA_PORT)).replace("WELCOME", WELCOME)
    (folder / "index.html").write_text(page, encoding="utf-8")


@contextmanager
def stock_site(folder: Path) -> Iterator[str]:
    """The fetched widget's page, its script compressed as any host of scripts would."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def end_headers(self) -> None:
            if self.path.endswith(".js"):
                self.send_header("Content-Encoding", "gzip")
            super().end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.html"
    finally:
        server.shutdown()


def stock_servers(folder: Path, model: str) -> dict[str, list[str]]:
    """Rasa with its own socket.io channel and its action server, each by the page that says it is ready."""
    (folder / "endpoints.yml").write_text(ENDPOINTS.format(port=ACTIONS_PORT, folder=folder), encoding="utf-8")
    (folder / "credentials.yml").write_text(CREDENTIALS, encoding="utf-8")
    (folder / "as_3_10").mkdir()
    (folder / "as_3_10" / "sitecustomize.py").write_text(PYTHON_3_10, encoding="utf-8")
    said = {
        "--model": model,
        "--interface": "127.0.0.1",
        "--port": str(RASA_PORT),
        "--cors": "*",
        "--endpoints": f"{folder}/endpoints.yml",
        "--credentials": f"{folder}/credentials.yml",
    }
    served = ["env", f"PYTHONPATH={folder}/as_3_10", *RASA, *(word for option in said.items() for word in option)]
    actions = [*RASA, "actions", "--actions", "actions", "--port", str(ACTIONS_PORT)]
    return {f"http://127.0.0.1:{ACTIONS_PORT}/health": actions, f"http://127.0.0.1:{RASA_PORT}/": served}


def visit(browser: Browser, address: str, field: str, slow: bool) -> Measured:
    """One person who opens the page for the first time and says one thing."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="fr-FR")
    page = context.new_page()
    loaded: list[Any] = []
    asked: set[str] = set()
    page.on("response", lambda response: loaded.append(response))
    page.on("request", lambda request: asked.add(_host(request.url)))
    if slow:
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW)
        page.add_init_script(SLOW_SOCKETS.replace("LATENCY", str(SLOW["latency"])))
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    box = page.locator(field).first
    box.wait_for(state="visible", timeout=180_000)
    shown = (time.perf_counter() - began) * 1000
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)
    weight = {**_weight(loaded), "hosts": float(len(asked - {_host(address), ""}))}
    answer, paint = _first_answer(page, field), _first_paint(page)
    context.close()
    # a field is laid out before the styles let it be painted
    return {**weight, "paint": paint, "typing": max(shown, paint), "answer": answer}


def _first_answer(page: Page, field: str) -> float:
    """Milliseconds from sending to the answer's words on the screen."""
    page.locator(field).first.fill(SAID)
    began = time.perf_counter()
    page.locator(field).first.press("Enter")
    try:
        page.get_by_text(ANSWERED).first.wait_for(state="visible", timeout=ANSWER_MS)
    except TimeoutError:
        return math.inf
    return (time.perf_counter() - began) * 1000


def _first_paint(page: Page) -> float:
    read = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity"
    return float(page.evaluate(read))


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


def _weight(loaded: list[Any]) -> Measured:
    """What came before anything was said: as it was sent, and its bodies compressed alike."""
    bodies = [response.body() for response in loaded if response.status == 200 and "socket.io" not in response.url]
    sizes = [response.request.sizes() for response in loaded if response.status == 200]
    return {
        "sent": sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) / 1000,
        "compressed": sum(len(gzip.compress(body, 6)) for body in bodies) / 1000,
        "requests": float(len(loaded)),
    }


def chromium() -> str | None:
    """Its program, under either of its names."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def measure(address: str, field: str, runs: int) -> tuple[Measured, Measured]:
    """Medians on this machine's network, after a visit that warms the server up, and one visit on a slow one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        visit(browser, address, field, slow=False)
        visits = [visit(browser, address, field, slow=False) for _ in range(runs)]
        slow = visit(browser, address, field, slow=True)
        browser.close()
    return {name: statistics.median(each[name] for each in visits) for name in FIGURES}, slow


def written(fast: dict[str, Measured], slow: dict[str, Measured], command: str) -> str:
    """The page of the report."""
    versions = ", ".join(f"{library} {version(library)}" for library in LIBRARIES)
    lines = [
        "# Le poids et la vitesse de la page",
        "",
        f"Écrit par `{command}` le {date.today().isoformat()} : aucun chiffre n'est tapé à la main. {os.cpu_count()} cœurs (charge",
        f"{os.getloadavg()[2]:.1f} sur le dernier quart d'heure), écran de téléphone, rien en cache. Première réponse : du message « {SAID} »",
        f"envoyé aux mots « {ANSWERED} » à l'écran.",
        "",
        f"À côté : `{WIDGET}` (npm), tel quel, compressé, par web socket, servi par `rasa run` avec le même modèle.",
        f"Python {platform.python_version()}, {versions}.",
        *AVOWED,
    ]
    for title, figures in (("Sur le réseau de la machine (médianes)", fast), ("Sur un réseau de téléphone lent (400 kbit/s, 400 ms, une visite)", slow)):  # fmt: skip
        lines += ["", f"## {title}", "", "| | la page | le widget | rapport |", "| --- | --: | --: | --: |"]
        lines += [_row(label, figures["ours"][name], figures["stock"][name]) for name, label in FIGURES.items()]
    return "\n".join(lines) + "\n"


def _row(label: str, one: float, other: float) -> str:
    ratio = f"{other / one:.1f} ×" if one and math.isfinite(one + other) else ""
    shown = [f"{value:.0f}" if math.isfinite(value) else f"jamais ({ANSWER_MS // 1000} s)" for value in (one, other)]
    return f"| {label} | {shown[0]} | {shown[1]} | {ratio} |"


def both(runs: int, folder: Path) -> tuple[dict[str, Measured], dict[str, Measured]]:
    """Ours, then the stock one, never together: {side: its figures}, on the machine's network and on a slow one."""
    model = str(newest_model(Settings()))
    fetch_widget(folder)
    copy_places(str(folder))
    ours = {f"http://127.0.0.1:{OURS_PORT}/readyz": [*OURS, "--port", str(OURS_PORT)]}
    fast, slow = {}, {}
    with running(ours, str(folder), model):
        fast["ours"], slow["ours"] = measure(f"http://127.0.0.1:{OURS_PORT}/conversation", "#message", runs)
    with running(stock_servers(folder, model), str(folder), model), stock_site(folder) as address:
        fast["stock"], slow["stock"] = measure(address, ".rw-new-message", runs)
    return fast, slow


def main() -> int:
    """Both sides and the report; 1 where ours is too heavy, asks somebody else or never answers, or nothing could be measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    if missing := [name for name, found in (("npm", shutil.which("npm")), ("chromium", chromium())) if not found]:
        print(f"not measured: {' and '.join(missing)} not found")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        try:
            fast, slow = both(runs, Path(folder))
        except subprocess.CalledProcessError:
            print(f"not measured: npm could not fetch {WIDGET}")
            return 1
    text = written(fast, slow, f"python bench/page.py --runs {runs}")
    REPORT.write_text(text, encoding="utf-8")
    print(text)
    ours = fast["ours"]
    return int(ours["compressed"] >= LIMIT_KB or ours["hosts"] > 0 or math.isinf(ours["answer"]))


if __name__ == "__main__":
    sys.exit(main())
