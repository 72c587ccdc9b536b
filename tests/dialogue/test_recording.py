"""What remains of a conversation for the figures and for learning, and what does not."""

import pytest
from sqlalchemy import select

from assistant.app import Services
from assistant.storage.staff_tables import Unclear
from assistant.storage.tables import Conversation
from tests.dialogue.conftest import Understood
from tests.dialogue.talking import NAME_AND_PHONE, Person


async def row_of(person: Person, services: Services) -> Conversation:
    await person.engine.settle()
    with services.database.read() as session:
        return session.get_one(Conversation, person.conversation)


async def unclear_of(person: Person, services: Services) -> list[Unclear]:
    await person.engine.settle()
    with services.database.read() as session:
        query = select(Unclear).where(Unclear.conversation == person.conversation)
        return list(session.scalars(query.order_by(Unclear.id)))


async def test_the_procedure_and_the_departement_remain(person: Person, services: Services) -> None:
    await person.says("j'ai perdu mon permis de conduire")
    assert (await row_of(person, services)).procedures == ["interieur/permis_perte_vol"]
    await person.says("à Lure")
    row = await row_of(person, services)
    assert (row.procedures, row.departement, row.channel) == (["interieur/permis_perte_vol"], "70", "web")


async def test_what_was_not_understood_remains_without_the_name(
    person: Person, services: Services, understood: Understood
) -> None:
    shares = {"caf/rsa": 0.2, "caf/naissance": 0.1}
    text = understood("madame Kowalczyk voudrait le machin du bidule", "clarifier", kind="clarify", candidates=shares)
    await person.says(text)
    (row,) = await unclear_of(person, services)
    assert row.text == "madame [nom] voudrait le machin du [nom]" or (
        "Kowalczyk" not in row.text and "machin" in row.text
    )
    assert (row.guessed, row.why, row.status) == (["caf/rsa", "caf/naissance"], "not_understood", "new")


async def test_at_most_three_remain_of_one_conversation(
    person: Person, services: Services, understood: Understood
) -> None:
    for number in range(5):
        await person.says(understood(f"le machin du truc {number}", "clarifier", kind="clarify"))
    assert len(await unclear_of(person, services)) == 3


async def test_neither_answers_nor_names_given_to_a_form_remain(person: Person, services: Services) -> None:
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    await person.takes(0)
    await person.says(NAME_AND_PHONE)
    assert person.reply("appointment")
    assert await unclear_of(person, services) == []


async def test_erasing_a_conversation_erases_it(person: Person, services: Services, understood: Understood) -> None:
    await person.says(understood("le truc du machin", "clarifier", kind="clarify"))
    assert await unclear_of(person, services)
    await person.engine.erase(person.conversation)
    assert await unclear_of(person, services) == []


async def test_a_database_that_refuses_costs_nobody_an_answer(
    person: Person, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no database today")

    monkeypatch.setattr(person.engine._recorder, "_write", broken)
    assert await person.says("j'ai perdu mon permis de conduire")
    await person.engine.settle()
