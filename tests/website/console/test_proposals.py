"""What closing teaches, without personal data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from tests.website.console.desk import ROCHEFORT, Desk
from understanding.catalogue import load_catalogue
from website.console.models import Proposal
from website.console.proposals import ProposalError, propose
from website.models import Conversation
from website.privacy import masked

CATALOGUE = load_catalogue()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("écrivez à jean.dupont@aero-sud.fr merci", "écrivez à [courriel] merci"),
        ("jean (at) x.fr", "[courriel]"),
        ("appelez le 06 12 34 56 78.", "appelez le [téléphone]."),
        ("06.12.34.56.78 ou 0612345678", "[téléphone] ou [téléphone]"),
        ("+33 (0)5 36 49 00 51", "[téléphone]"),
        ("0033 5 36 49 00 51", "[téléphone]"),
        ("SIRET 732 829 320 00074", "SIRET [SIRET]"),
        ("73282932000074", "[SIRET]"),
        ("SIREN 732829320", "SIREN [SIREN]"),
        ("FR76 3000 6000 0112 3456 7890 189", "[IBAN]"),
        (
            "un tour à 250 000 euros, norme EN 9100, 17500 Jonzac",
            "un tour à 250 000 euros, norme EN 9100, 17500 Jonzac",
        ),
        ("un budget de 120 000 000 €", "un budget de 120 000 000 €"),
        ("pièce 12-34-56", "pièce 12-34-56"),
    ],
)
def test_masks(text: str, left: str) -> None:
    assert masked(text) == left


@given(st.text(max_size=300))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@given(
    st.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}@[a-z]{2,10}\.(fr|com|org)", fullmatch=True), st.text("abé ,.;", max_size=20)
)
def test_no_address_is_left(address: str, around: str) -> None:
    assert "@" not in masked(f"{around} {address} {around}")


async def test_a_proposal_keeps_sentence_context_and_origin(desk: Desk) -> None:
    conversation_id = await desk.open("Bonjour, moi c'est a@b.fr", "Notre four fume, 06 12 34 56 78")
    proposal = await desk.do(propose, ROCHEFORT, conversation_id, 3, "nouvelle_machine", CATALOGUE)
    assert (proposal.sentence, proposal.category, proposal.account_id) == (
        "Notre four fume, [téléphone]",
        "nouvelle_machine",
        ROCHEFORT.id,
    )
    assert (proposal.conversation_id, proposal.seq) == (conversation_id, 3)
    assert proposal.context.splitlines() == [
        "Adhérent\u00a0: Bonjour, moi c’est [courriel]",
        "Assistant\u00a0: Bien reçu\u00a0: Bonjour, moi c’est [courriel]",
    ]
    again = await desk.do(propose, ROCHEFORT, conversation_id, 3, "materiau", CATALOGUE)
    assert (again.id, again.category) == (proposal.id, "materiau")


async def test_what_cannot_be_proposed(desk: Desk) -> None:
    conversation_id = await desk.open("Bonjour")
    for seq, category in ((2, "materiau"), (9, "materiau"), (1, "n_importe_quoi")):
        with pytest.raises(ProposalError):
            await desk.do(propose, ROCHEFORT, conversation_id, seq, category, CATALOGUE)


async def test_erasing_a_conversation_erases_its_proposals(desk: Desk) -> None:
    conversation_id = await desk.open("Notre four fume")
    await desk.do(propose, ROCHEFORT, conversation_id, 1, "nouvelle_machine", CATALOGUE)
    async with desk.storage.write() as session:
        await session.execute(delete(Conversation).where(Conversation.id == conversation_id))

    async def left(session: AsyncSession) -> int:
        return await session.scalar(select(func.count()).select_from(Proposal)) or 0

    assert await desk.see(left) == 0
