"""What a correct assistant must achieve after a turn of a script, read from the API's replies alone.

Each check takes the turn and what the script asks; it returns what is wrong, or None.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

Json = dict[str, Any]


@dataclass
class Session:
    """One citizen: the conversation, the replies of each turn, what was chosen and booked."""

    api: httpx.Client
    conversation: str = ""
    turns: list[list[Json]] = field(default_factory=list)
    state: Json = field(default_factory=dict)
    offered: list[Json] = field(default_factory=list)
    """The choices last offered."""
    slots: list[Json] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    reference: str | None = None

    def open(self) -> None:
        answer = self.api.post("/api/conversations").raise_for_status().json()
        self.conversation = answer["conversation"]
        self._keep(answer["replies"])
        self.turns.clear()

    def send(self, body: Json) -> None:
        response = self.api.post(f"/api/conversations/{self.conversation}/messages", json=body)
        answer = response.raise_for_status().json()
        self.turns.append(answer["replies"])
        self.state = answer["state"]
        self._keep(answer["replies"])

    def _keep(self, replies: list[Json]) -> None:
        for reply in replies:
            if reply["choices"]:
                self.offered = reply["choices"]
            if reply["kind"] == "slots":
                self.slots = reply["data"]["slots"]
            if reply["kind"] == "appointment" and reply["data"].get("status") == "booked":
                self.reference = reply["data"]["code"]

    @property
    def replies(self) -> list[Json]:
        return self.turns[-1]

    @property
    def text(self) -> str:
        """Everything shown in the last turn: texts, labels of choices, and the words of the data."""
        shown = [reply["text"] + " " + " ".join(c["label"] for c in reply["choices"]) for reply in self.replies]
        return "\n".join([*shown, *(json.dumps(reply["data"], ensure_ascii=False) for reply in self.replies)])

    @property
    def said(self) -> str:
        """The texts and labels alone."""
        return "\n".join(r["text"] + " " + " ".join(c["label"] for c in r["choices"]) for r in self.replies)

    def of_kind(self, kind: str) -> list[Json]:
        return [reply for reply in self.replies if reply["kind"] == kind]


Check = Callable[[Session, Json, dict[str, Session]], str | None]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    CHECKS[function.__name__] = function
    return function


def _says(session: Session, pattern: str) -> bool:
    return bool(re.search(pattern, session.said, re.IGNORECASE))


def _has(session: Session, pattern: str) -> bool:
    return bool(re.search(pattern, session.text, re.IGNORECASE))


@check
def greets(session, must, _others):
    return None if _says(session, r"bonjour|bonsoir|bienvenue") else "no greeting"


@check
def says_what_it_can_do(session, must, _others):
    return None if _says(session, r"documents?") and _says(session, r"rendez-vous") else "does not say what it can do"


@check
def says_it_is_a_bot(session, must, _others):
    return None if _says(session, r"robot|assistant automatique") else "does not say it is a robot"


@check
def identifies(session, must, _others):
    allowed = {must["procedure"], *must.get("also_ok", [])}
    found = set(session.state["procedures"]) | {r["data"].get("procedure") for r in session.of_kind("documents")}
    return None if found & allowed else f"identified {sorted(filter(None, found))}, not {sorted(allowed)}"


@check
def identifies_partner(session, must, _others):
    partner = must["partner"]
    procedures = set(session.state["procedures"]) | {c["id"] for r in session.replies for c in r["choices"]}
    return None if any(p.startswith(f"{partner}/") for p in procedures) else f"{partner} not identified"


@check
def lists_documents(session, must, _others):
    labels = " | ".join(
        f"{d['label']} {d['note']}" for r in session.of_kind("documents") for d in r["data"]["documents"]
    )
    found = [pattern for pattern in must["any_of"] if re.search(pattern, labels, re.IGNORECASE)]
    return None if len(found) >= must.get("min", 1) else f"documents: {labels or 'none'}"


@check
def proposes_appointment(session, must, _others):
    return None if _says(session, r"rendez-vous|créneau") else "no appointment proposed"


@check
def asks_for(session, must, _others):
    patterns = {"commune": r"commune|ville|code postal", "identite_ou_contact": r"nom\b|téléphone"}
    return None if _says(session, patterns[must["field"]]) else f"does not ask for {must['field']}"


@check
def does_not_ask_again(session, must, _others):
    asked = {"commune": r"quelle commune", "procedure": r"quelle démarche"}
    again = [name for name in must["fields"] if _says(session, asked[name])]
    return f"asks again for {again}" if again else None


@check
def names_structure(session, must, _others):
    data = [p for r in session.of_kind("places") for p in r["data"]["places"]]
    names = [r["data"].get("place_name", "") for r in session.of_kind("slots")]
    if not data and not names:
        return "no place named"
    return _near(session, must["near"], data) if data else None


def _near(session: Session, commune: str, places: list[Json]) -> str | None:
    """The first place named is the nearest the API knows to the commune."""
    nearest = (
        session.api.get("/api/places", params={"near": commune, "limit": 1}).raise_for_status().json()["places"][0]
    )
    return None if nearest["id"] in {p["id"] for p in places} else f"{nearest['name']} not named near {commune}"


@check
def offers_slots(session, must, _others):
    slots = [s for r in session.of_kind("slots") for s in r["data"]["slots"]]
    if len(slots) < must.get("min", 1):
        return f"{len(slots)} slots"
    if must.get("distinct") and len({s["id"] for s in slots}) < len(slots):
        return "a slot is offered twice"
    if must.get("future") and any(datetime.fromisoformat(s["start"]) <= datetime.now(UTC) for s in slots):
        return "a slot in the past"
    choices = [c["id"] for r in session.of_kind("slots") for c in r["choices"]][: len(slots)]
    if choices != [s["id"] for s in slots]:
        return "the choices do not stand in the slots' order"
    return _within_opening_hours(session, slots) if must.get("within_opening_hours") else None


def _within_opening_hours(session: Session, slots: list[Json]) -> str | None:
    for slot in slots:
        start, end = datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])
        free = (
            session.api.get(
                f"/api/places/{slot['place']}/slots",
                params={
                    "from": start.date().isoformat(),
                    "to": start.date().isoformat(),
                    "minutes": int((end - start).seconds / 60),
                },
            )
            .raise_for_status()
            .json()["slots"]
        )
        if slot["id"] not in {s["id"] for s in free}:
            return f"{slot['start']} is not a free slot of the place"
    return None


@check
def books(session, must, _others):
    booked = [r for r in session.of_kind("appointment") if r["data"]["status"] == "booked"]
    if not booked:
        return f"nothing booked: {session.said[:200]}"
    if not re.fullmatch(must["reference_regex"], booked[0]["data"]["code"]):
        return f"reference {booked[0]['data']['code']}"
    recap = {
        "date": r"\d{1,2}(er)? [a-zûé]+",
        "heure": r"\d{1,2} h",
        "lieu": re.escape(booked[0]["data"]["place_name"]),
    }
    missing = [part for part in must.get("recap", []) if not re.search(recap[part], booked[0]["text"])]
    return f"recap without {missing}" if missing else None


@check
def closes_politely(session, must, _others):
    return None if _says(session, r"avec plaisir|bonne journée|au revoir|de rien|je vous en prie") else "not polite"


@check
def must_not_mention(session, must, _others):
    found = [p for p in must["patterns"] if _says(session, p)]
    return f"mentions {found}" if found else None


@check
def mentions_any(session, must, _others):
    return (
        None
        if any(_has(session, p) for p in must["patterns"])
        else f"mentions none of {must['patterns']}: {session.said[:160]}"
    )


@check
def asks_open_clarification(session, must, _others):
    return None if _says(session, r"\?|dites|expliquez|précisez") else "asks nothing"


@check
def no_dead_end(session, must, _others):
    onward = any(r["choices"] for r in session.replies) or _says(
        session, r"\?|dites|donnez|appelez|choisissez|téléphone"
    )
    return None if onward else f"dead end: {session.said[:160]}"


@check
def offers_choices(session, must, _others):
    count = max((len(r["choices"]) for r in session.replies), default=0)
    return None if count >= must["min"] else f"{count} choices"


@check
def rephrases_not_repeats(session, must, _others):
    before = {r["text"] for r in session.turns[-2]}
    return "says the same again" if before & {r["text"] for r in session.replies} else None


@check
def asks_clarification_between(session, must, _others):
    offered = {c["id"] for r in session.replies for c in r["choices"]}
    offered |= {c["id"] for r in session.replies for c in r["data"].get("candidates", [])}
    common = offered & set(must["labels"])
    return None if len(common) >= min(2, len(must["labels"])) else f"offers {sorted(offered)}"


@check
def asks_confirmation_or_reference(session, must, _others):
    return None if _says(session, r"voulez-vous annuler|confirm|code|référence") else "asks neither"


@check
def cancels(session, must, _others):
    response = session.api.get(f"/api/appointments/{session.reference}", params={"name": must.get("name", "Roy")})
    status = response.json().get("status") if response.status_code == 200 else response.status_code
    return None if _says(session, r"annulé") and status in ("cancelled", 404) else f"status {status}"


@check
def slot_offered_again(session, must, others):
    wanted = others["A"].chosen[int(must["slot"].split(":")[1].rstrip("}")) - 1]
    start = wanted.split(".")[1]
    return None if any(s["id"].split(".")[1] == start for s in session.slots) else f"{wanted} is not offered"


@check
def slot_not_available_anymore_and_reproposes(session, must, _others):
    if not _says(session, r"plus (disponible|libre)|pris"):
        return "does not say that the slot is gone"
    return None if session.of_kind("slots") else "offers nothing else"


@check
def reference_differs_from(session, must, others):
    return None if session.reference != others[must["session"]].reference else "the same reference twice"


@check
def disambiguates_place(session, must, _others):
    return None if max((len(r["choices"]) for r in session.replies), default=0) >= 2 else "offers no communes"


@check
def names_structure_or_asks_postcode(session, must, _others):
    return None if session.of_kind("places") or session.of_kind("slots") or _says(session, "code postal") else "neither"


@check
def handoff(session, must, _others):
    return None if session.of_kind("handoff") and any(_has(session, p) for p in must["with_any"]) else "no handoff"


@check
def handoff_repeat_not_loop(session, must, _others):
    if not session.of_kind("handoff"):
        return "no handoff"
    return rephrases_not_repeats(session, must, _others)


@check
def gives_contact(session, must, _others):
    places = [p for r in session.replies for p in r["data"].get("places", [])]
    if not places or not any(_has(session, p) for p in must["with_any"]):
        return "no contact"
    return _near(session, must["near"], places)


@check
def shows_emergency(session, must, _others):
    if not session.replies or session.replies[0]["kind"] != "emergency":
        return f"first reply is {session.replies[0]['kind']}: {session.replies[0]['text'][:100]}"
    numbers = {n["number"] for n in session.replies[0]["data"]["numbers"]}
    return None if numbers & set(must["numbers_any"]) else f"numbers {numbers}"


@check
def language_fallback_or_helps(session, must, _others):
    return None if _says(session, r"français|french") or session.of_kind("documents") else "neither"


@check
def asks_which_place_or_uses_beneficiary(session, must, _others):
    asks = any(must["expected"].lower() in c["label"].lower() for r in session.replies for c in r["choices"])
    return (
        None
        if asks or session.state.get("commune") == must["expected"] or _says(session, must["expected"])
        else "neither"
    )
