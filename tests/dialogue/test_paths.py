"""What people do in a conversation, on the sample directory, with the trained model and the real engine."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from assistant.app import Services, current
from assistant.booking.appointments import BookingRequest, SlotTaken
from assistant.dialogue.engine import Engine
from assistant.emergencies import EMERGENCIES
from assistant.errors import Refused
from assistant.storage.tables import Appointment, Waiting
from tests.dialogue.talking import DAYS, FRANCE, NAME_AND_PHONE, Person, free_morning, meet, texts, with_appointment

PERMIT = "interieur/permis_perte_vol"


async def test_a_lost_permit_becomes_a_booked_appointment(person: Person) -> None:
    """From the first words to the code, with the documents on the way."""
    await person.says("j'ai perdu mon permis")
    assert "identite" in person.documents()
    assert (await person.state()).procedures == [PERMIT]
    await person.presses("Prendre rendez-vous")
    assert "commune" in person.read
    await person.says("Lure")
    assert person.reply("places").data["places"][0]["id"] == "exemple-lure"
    slots = person.slots()
    assert [choice.id for choice in person.reply("slots").choices][: len(slots)] == slots
    await person.takes(0)
    assert "téléphone" in person.read
    await person.says(NAME_AND_PHONE)
    booked = person.reply("appointment").data
    assert booked["status"] == "booked" and booked["procedures"] == [PERMIT]
    assert booked["code"] in person.read
    assert (await person.state()).step == "rendez_vous"


async def test_what_was_said_at_once_is_not_asked_again(person: Person, services: Services) -> None:
    """Place, moment and purpose in one message: after the one doubt about the request, the slots of that moment."""
    day = free_morning(services).start
    await person.says(f"un rendez-vous à Lure {DAYS[day.weekday()]} matin pour ma retraite")
    if not (await person.state()).procedures:
        await person.takes(0)
    assert "Dans quelle commune" not in person.read
    starts = [datetime.fromisoformat(slot["start"]) for slot in person.reply("slots").data["slots"]]
    assert {(start.weekday(), start.hour < 12) for start in starts} == {(day.weekday(), True)}
    assert (await person.state()).commune == "Lure"


async def test_an_appointment_asked_for_first_is_not_asked_for_twice(person: Person) -> None:
    """ "Un rendez-vous" – "pour quoi ?" – "carte grise": to the place at once, not to the button that asks again."""
    await person.says("je veux un rendez-vous", "carte grise")
    assert (await person.state()).step == "commune"
    assert "Dans quelle commune" in person.read


async def test_an_answer_refines_the_documents(person: Person) -> None:
    """Stolen in France: the receipt of the police becomes certain, what concerns a loss abroad falls away."""
    await person.says("j'ai perdu mon permis", "on me l'a volé", "en France")
    assert "recepisse_vol" in person.documents()
    shown = {d["id"] for d in person.reply("documents").data["documents"]}
    assert not shown & {"traduction_recepisse", "recepisse_etranger"}


async def test_i_do_not_know_is_an_answer(person: Person) -> None:
    """It never blocks: the next question comes, and the situation remembers what is not known."""
    await person.says("j'ai perdu mon permis")
    first = person.reply("question")
    await person.says("je ne sais pas")
    assert person.reply("question").text != first.text
    assert (await person.state()).situation[PERMIT] == {first.data["question"]["id"]: "ne_sait_pas"}


async def test_an_answer_may_be_typed_by_its_place_or_its_words(person: Person) -> None:
    """ "La deuxième", "1", "volé", whichever question comes first."""
    await person.says("j'ai perdu mon permis")
    second = person.reply("question").data["question"]
    await person.says("la deuxième")
    first = person.reply("question").data["question"]
    await person.says("1", "volé")
    assert (await person.state()).situation[PERMIT] == {
        second["id"]: second["choices"][1]["id"],
        first["id"]: first["choices"][0]["id"],
        "circonstance": "vole",
    }


async def test_the_last_one_is_the_last_slot_and_not_a_way_out(person: Person) -> None:
    """ "La dernière" is a slot, not the button "Un autre France services" under the slots."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    last = person.reply("slots").data["slots"][-1]
    await person.says("la dernière")
    assert (await person.state()).step == "contact"
    start = datetime.fromisoformat(last["start"]).astimezone(FRANCE)
    assert f"à {start.hour} h" in person.read


async def test_two_answers_not_understood_leave_the_question_to_the_agent(person: Person) -> None:
    """Asked once more, then passed over: no form asks for ever."""
    await person.says("j'ai perdu mon permis")
    question = person.reply("question").data["question"]["id"]
    await person.says("poulet rôti")
    assert "pas compris" in person.read
    await person.says("salade verte")
    assert "L'agent verra" in person.read
    assert (await person.state()).situation[PERMIT] == {question: "ne_sait_pas"}


async def test_a_change_of_mind_in_the_middle_of_a_form_is_followed(person: Person) -> None:
    """Another request while a slot is asked for: its documents, and the place is kept."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure", "finalement c'est pour le rsa")
    state = await person.state()
    assert state.procedures == ["caf/rsa"] and state.commune == "Lure"
    await person.says("prendre rendez-vous")
    assert "slots" in person.kinds


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("combien ça coûte ?", "gratuite"),
        ("combien de temps ça dure ?", "minutes"),
        ("ma fille peut venir à ma place ?", "à votre place"),
        ("c'est quoi une france services ?", "guichet"),
    ],
)
async def test_a_side_question_is_answered_and_the_form_goes_on(person: Person, question: str, answer: str) -> None:
    """Where the commune is asked for and where a slot is: the answer, then the same question, with no reproach."""
    await person.says("je veux un rendez-vous pour une carte grise", question)
    assert answer in person.read and "Dans quelle commune êtes-vous" in person.read
    await person.says("Lure", question)
    assert answer in person.read and "slots" in person.kinds
    await person.takes(0)
    await person.says(question)
    assert answer in person.read and (await person.state()).step == "contact"


async def test_homonyms_are_told_apart(person: Person) -> None:
    """Two communes of one name: a choice with département and postcode, then the slots."""
    await person.says("je veux un rendez-vous pour une carte grise à Saint-Martin")
    assert {choice.label for choice in person.offered} == {"Saint-Martin (54) – 54450", "Saint-Martin (67) – 67220"}
    await person.presses("Saint-Martin (54)")
    assert "places" in person.kinds and "slots" in person.kinds
    assert (await person.state()).commune == "Saint-Martin"


async def test_an_unknown_commune_is_asked_for_in_other_words_then_another_way(person: Person) -> None:
    """By its postcode, then by a bigger town or a telephone; never the same sentence."""
    await person.says("je veux un rendez-vous pour une carte grise")
    said = [person.read]
    for nowhere in ("zzkrwq", "Xyzvillebourg"):
        await person.says(nowhere)
        said.append(person.read)
    assert len(set(said)) == 3
    assert "code postal" in said[1] and "3939" in said[2]
    await person.says("Lure")
    assert "slots" in person.kinds


async def test_who_does_not_know_the_commune_keeps_the_request(person: Person) -> None:
    """ "Je ne sais pas" where the commune is asked for: another way to say it, not another subject."""
    await person.says("je veux un rendez-vous pour une carte grise", "je ne sais pas")
    assert (await person.state()).step == "commune"
    assert "code postal" in person.read


async def test_a_place_without_appointments_is_given_with_the_nearest_that_takes_them(person: Person) -> None:
    """Both: the nearest, to walk into, and the slots of another."""
    await person.says("je veux un rendez-vous pour une carte grise à Vesoul")
    places = person.reply("places").data["places"]
    assert [p["takes_appointments"] for p in places] == [False, True]
    assert places[0]["id"] == "exemple-vesoul" and "sans rendez-vous" in person.read
    assert all(slot["place"] == places[1]["id"] for slot in person.reply("slots").data["slots"])


async def test_two_communes_in_one_message_are_asked_between(person: Person) -> None:
    """ "Elle habite Jussey, moi Dijon", said instead of an answer: which of the two, then its places."""
    await person.says("j'ai perdu mon permis", "elle habite Jussey mais moi je suis à Dijon")
    assert {"Jussey", "Dijon"} == {choice.label.split(" ")[0] for choice in person.offered}
    await person.says("prenez à Jussey, c'est moi qui viens")
    assert person.reply("places").data["places"][0]["id"] == "exemple-jussey"
    assert "slots" in person.kinds


async def test_a_slot_taken_meanwhile_is_said_and_others_are_offered(person: Person, services: Services) -> None:
    """Between the offer and the choice somebody else books it."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    slot = person.slots()[0]
    other = BookingRequest(slot=slot, procedures=("caf/rsa",), name="Marie Autre")
    services.bookings.book(other, services.bookings.new_key(), services.now())
    await person.takes(0)
    assert "vient d'être pris" in person.read
    assert slot not in person.slots() and person.slots()


async def test_a_slot_taken_before_the_name_is_given_is_said_and_the_name_is_kept(
    person: Person, services: Services
) -> None:
    """The hold is over, somebody else books: other slots, and the name is not asked for again."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    slot = person.slots()[0]
    await person.takes(0)
    services.bookings.holds.release(person.conversation)
    other = BookingRequest(slot=slot, procedures=("caf/rsa",), name="Marie Autre")
    services.bookings.book(other, services.bookings.new_key(), services.now())
    await person.says(NAME_AND_PHONE)
    assert "vient d'être pris" in person.read
    await person.takes(0)
    assert person.reply("appointment").data["status"] == "booked"


async def test_a_slot_is_kept_while_the_name_is_typed(person: Person, services: Services) -> None:
    """Nobody else has it meanwhile, and its holder books it."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    slot = person.slots()[0]
    await person.takes(0)
    other = BookingRequest(slot=slot, procedures=("caf/rsa",), name="Marie Autre")
    with pytest.raises(SlotTaken):
        services.bookings.book(other, services.bookings.new_key(), services.now())
    await person.says(NAME_AND_PHONE)
    assert person.reply("appointment").data["status"] == "booked"


async def test_who_asks_is_put_on_the_list_for_an_earlier_slot(person: Person, services: Services) -> None:
    """Offered with an appointment some days away."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure dans deux semaines")
    await person.takes(0)
    await person.says(NAME_AND_PHONE)
    await person.presses("Me prévenir si une place plus tôt se libère")
    assert "on vous prévient" in person.read
    with services.database.read() as session:
        assert session.scalar(select(func.count(Waiting.id))) == 1


async def test_another_slot_may_be_taken_while_the_name_is_asked_for(person: Person) -> None:
    """A press on another slot is not a name."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    offered = person.offered
    slots = [datetime.fromisoformat(slot["start"]) for slot in person.reply("slots").data["slots"]]
    await person.takes(0)
    await person.sends(offered[1].id)
    assert offered[1].label in person.read
    await person.says(NAME_AND_PHONE)
    assert datetime.fromisoformat(person.reply("appointment").data["start"]) == slots[1]


@pytest.mark.parametrize("said", ["plutôt à Gray", "finalement c'est pour le rsa", "je préfère un autre horaire"])
async def test_a_sentence_is_not_taken_for_a_name(person: Person, said: str) -> None:
    """A place, a request or another hour, said where the name is asked for, is what it is."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    await person.takes(0)
    await person.says(said)
    assert "Et votre numéro de téléphone" not in person.read
    assert "appointment" not in person.kinds


async def test_a_name_and_a_number_may_come_one_after_the_other(person: Person) -> None:
    """Only what is missing is asked for."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    await person.takes(0)
    await person.says("Anna Roy")
    assert "numéro de téléphone" in person.read
    await person.says("06 39 98 00 06")
    assert person.reply("appointment").data["status"] == "booked"


@pytest.mark.parametrize("said", ["Je n'ai pas de téléphone", "j'ai pas de portable", "button"])
async def test_nobody_needs_a_telephone(person: Person, services: Services, said: str) -> None:
    """By the button or in one's own words, after the name."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    await person.takes(0)
    await person.says("Anna Roy")
    await (person.presses("Je n'ai pas") if said == "button" else person.says(said))
    assert services.bookings.find(person.code(), "Anna Roy").name == "Anna Roy"


async def test_a_name_without_telephone_may_come_in_one_sentence(person: Person, services: Services) -> None:
    """ "Anna Roy, je n'ai pas de téléphone" is complete; and so is the other way round."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    await person.takes(0)
    await person.says("Anna Roy, je n'ai pas de téléphone")
    assert services.bookings.find(person.code(), "roy").name == "Anna Roy"


async def test_a_contact_given_early_is_not_asked_for_again(person: Person, services: Services) -> None:
    """Said before anything else: the choice of the slot books."""
    await person.says(f"je m'appelle {NAME_AND_PHONE}")
    assert "noté" in person.read
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    await person.takes(0)
    assert services.bookings.find(person.code(), "06 39 98 00 06").name == "Anna Roy"


async def test_an_appointment_is_moved_and_keeps_its_code(engine: Engine) -> None:
    """Only the time is asked; the old slot is free again."""
    person = await with_appointment(engine)
    code, start = person.code(), person.reply("appointment").data["start"]
    await person.presses("Déplacer")
    await person.takes(2)
    moved = person.reply("appointment").data
    assert moved["code"] == code and moved["start"] != start
    other = await meet(engine)
    await other.says("je veux un rendez-vous pour une carte grise à Lure")
    assert start in {slot["start"] for slot in other.reply("slots").data["slots"]}


async def test_an_appointment_is_cancelled_by_a_yes_and_kept_by_a_no(engine: Engine, services: Services) -> None:
    """The question is asked once; each answer does what it says."""
    person = await with_appointment(engine)
    code = person.code()
    await person.says("annuler mon rendez-vous", "non")
    assert "gardé" in person.read
    assert services.bookings.find(code, "Roy").status == "booked"
    await person.says("annuler mon rendez-vous", "oui")
    assert services.bookings.find(code, "Roy").status == "cancelled"
    await person.says("il est bien annulé ?")
    assert "annulé" in person.read


async def test_another_appointment_may_be_taken_after_a_cancellation(engine: Engine) -> None:
    """Not the code of the one that is gone: the slots."""
    person = await with_appointment(engine)
    await person.says("annuler mon rendez-vous", "oui", "je veux un autre rendez-vous")
    assert "slots" in person.kinds
    await person.takes(0)
    assert "votre nom et votre numéro" in person.read


async def test_an_appointment_is_found_moved_and_cancelled_from_elsewhere(engine: Engine, services: Services) -> None:
    """Another conversation, with the code and the name or the telephone."""
    code = (await with_appointment(engine)).code()
    person = await meet(engine)
    await person.says("je voudrais déplacer mon rendez-vous", code, "Anna Roy")
    await person.takes(0)
    assert person.code() == code
    again = await meet(engine)
    await again.says(f"je veux annuler mon rendez-vous {code}", "06 39 98 00 06", "oui")
    assert services.bookings.find(code, "Roy").status == "cancelled"
    with services.database.read() as session:
        assert session.scalars(select(Appointment.distance_km).where(Appointment.code == code)).all() == [0], "in Lure"
    lines = [line for line in services.audit.since(services.now() - timedelta(hours=1)) if line.subject == code]
    assert [line.action.removeprefix("conversation: ") for line in reversed(lines)] == [
        "book", "find", "move", "find", "cancel",
    ]  # fmt: skip
    assert {line.actor for line in lines} == {"person"}


async def test_a_wrong_proof_shows_nothing(engine: Engine) -> None:
    """A code found in the street is not enough; the answer does not say that it exists."""
    code = (await with_appointment(engine)).code()
    person = await meet(engine)
    await person.says("consulter mon rendez-vous", code, "Paul Martin")
    assert "appointment" not in person.kinds
    assert "Lure" not in person.read and "Roy" not in person.read
    assert any(choice.label == "Parler à quelqu'un" for choice in person.offered)


async def test_a_lost_code_leads_to_a_telephone(person: Person) -> None:
    """Asked twice at most, then the place that can find the appointment by the name."""
    await person.says("j'ai perdu mon code de rendez-vous", "azerty", "azerty")
    assert "Sans le code" in person.read
    await person.says("Lure")
    assert person.kinds == ["handoff"]
    assert person.reply("handoff").data["places"][0]["id"] == "exemple-lure"


async def test_a_side_question_is_no_wrong_code(person: Person) -> None:
    """Answered, and the code is asked for again."""
    await person.says("consulter mon rendez-vous", "c'est quoi une france services ?")
    assert "guichet" in person.read and "code" in person.read
    assert (await person.state()).step == "code_rdv"


async def test_a_yes_means_what_was_proposed_last(person: Person) -> None:
    """To the proposal of an appointment it opens the booking; to nothing it asks what is wanted."""
    await person.says("oui")
    assert "Qu'est-ce que je peux faire" in person.read
    await person.says("j'ai perdu mon permis", "oui je veux bien un rendez-vous")
    assert (await person.state()).step == "commune"


async def test_a_no_to_slots_shows_later_ones(person: Person) -> None:
    """None of these: others, after them."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    before = person.slots()
    await person.says("non")
    assert person.slots() and not set(person.slots()) & set(before)


async def test_asking_for_a_person_never_gets_the_same_sentence_twice(person: Person) -> None:
    """Without a commune, then with one: each answer is another way to reach somebody."""
    said = []
    for text in ("je veux parler à quelqu'un", "un humain", "un vrai conseiller", "Lure", "un humain", "un conseiller"):
        await person.says(text)
        assert person.kinds == ["handoff"]
        said.append(person.read)
    assert len(set(said)) == len(said)


async def test_an_emergency_comes_first_and_alone_then_is_followed_up(person: Person) -> None:
    """In the middle of a booking: the numbers and nothing else; what follows is not answered as if nothing were."""
    await person.says("je veux un rendez-vous pour une carte grise à Lure", "mon mari me frappe")
    assert person.kinds == ["emergency"]
    assert person.reply("emergency").data == EMERGENCIES["violences"].as_dict()
    assert (await person.state()).step == "urgence"
    await person.says("je ne sais pas quoi faire")
    assert person.kinds == ["emergency"] and "112" in person.read


@pytest.mark.parametrize("said", ["ça va pas", "non", "oui", "je ne sais pas"])
async def test_nothing_said_after_an_emergency_is_waved_away(person: Person, said: str) -> None:
    """A yes or a no after "je veux mourir" is about it."""
    await person.says("je veux mourir", said)
    assert person.kinds == ["emergency"]


async def test_after_an_emergency_a_request_is_a_request_again(person: Person) -> None:
    """Who goes on with an appointment is answered about the appointment."""
    await person.says("je veux mourir", "je veux un rendez-vous pour une carte grise à Lure")
    assert "slots" in person.kinds and (await person.state()).step == "creneau"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("quelle est la capitale de l'Australie ?", "démarches"),
        ("Hello, can you help me please", "français"),
        ("blabla tagada pouet", "pas compris"),
    ],
)
async def test_what_is_not_ours_is_said_with_a_way_on(person: Person, said: str, answer: str) -> None:
    """Out of scope, in another language, or nothing at all."""
    await person.says(said)
    assert answer in person.read
    assert (await person.state()).procedures == []


async def test_starting_again_forgets_everything_but_the_appointment(engine: Engine, services: Services) -> None:
    """The dossier is empty; what was booked stays booked, and can be found by "mon rendez-vous"."""
    person = await with_appointment(engine)
    code = person.code()
    await person.says("recommencer")
    state = await person.state()
    assert (state.procedures, state.situation, state.commune, state.step) == ([], {}, None, "accueil")
    await person.says("c'est quand mon rendez-vous ?")
    assert person.code() == code


async def test_an_old_choice_still_does_what_it_says(person: Person) -> None:
    """A late press on an answer of an earlier question changes that answer, whatever is asked now."""
    await person.says("j'ai perdu mon permis")
    first = person.offered
    await person.takes(0)
    await person.sends(first[1].id)
    question, answer = first[1].id.split(".")
    assert (await person.state()).situation[PERMIT] == {question: answer}


async def test_a_late_answer_changes_the_documents_of_the_appointment(engine: Engine) -> None:
    """After the booking the questions may still be answered: a new list, and the same appointment."""
    person = await with_appointment(engine)
    code = person.code()
    await person.presses("Préciser mes documents")
    assert "Prendre rendez-vous" not in {choice.label for choice in person.offered}
    await person.takes(0)
    assert (await person.state()).situation["interieur/carte_grise"]
    assert person.documents()
    await person.says("c'est quand mon rendez-vous ?")
    assert person.code() == code
    kept = current().bookings.of_conversation(person.conversation)[0].situation
    assert kept == (await person.state()).situation, "the agent would prepare another list"


@pytest.mark.parametrize(
    "choice",
    ["choisir_creneau", "exemple-lure.20990101T0900Z.30", "/restart", "restart", "autre", "x" * 500, "é\U0001f600"],
)
async def test_a_choice_that_was_not_offered_is_refused(person: Person, choice: str) -> None:
    """A client cannot make one up; nothing happens."""
    await person.says("bonjour")
    with pytest.raises(Refused, match="pas proposé"):
        await person.sends(choice)
    assert (await person.state()).step == "accueil"


async def test_what_was_not_understood_is_said_again_in_other_words(person: Person) -> None:
    """ "Je n'ai pas compris" brings the question back with its choices."""
    await person.says("j'ai perdu mon permis")
    choices = person.offered
    await person.says("je n'ai pas compris votre question")
    assert person.offered == choices and len(set(texts(person.replies))) == len(person.replies)
