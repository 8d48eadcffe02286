"""Merging a subject into another, or retiring it: first what will happen, then it is done."""

from __future__ import annotations

from aiohttp import web

from directory.french import typeset
from website.accounts.access import Access
from website.accounts.browser import field
from website.accounts.guard import signed_in
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import see_other
from website.studio import names
from website.studio.frame import studio_page
from website.studio.refusals import REFUSALS, sentence_of
from website.studio.subject import SLUG, SUBJECT
from website.studio.subject_desk import SUBJECT_DESK
from website.studio.subjects import SUBJECTS, counted

_TRAIN = "Il restera à entraîner l’assistant : d’ici là, celui qui est en service reconnaît encore l’ancien sujet."


def _in_service(request: web.Request) -> str:
    slug = request.match_info["slug"]
    category = names.category(slug)
    if category is None or category.retired:
        raise web.HTTPNotFound
    return slug


async def ask_merge(request: web.Request) -> web.Response:
    """Say what merging will change."""
    slug, target = _in_service(request), request.query.get("vers", "")
    if target == slug or target not in dict(names.groups()[0][1]):
        return see_other(request, f"{SUBJECTS}/{slug}", "Choisissez un autre sujet.", "bad")
    return await _merge_page(request, slug, target)


async def _merge_page(
    request: web.Request, slug: str, target: str, problems: tuple[str, ...] = (), status: int = 200
) -> web.Response:
    effect = await request.app[SUBJECT_DESK].effect(slug)
    one, other = names.label(slug), names.label(target)
    steps = [
        f"{counted(effect.sentences)} de « {one} » passeront à « {other} ».",
        f"« {one} » ne sera plus proposé aux adhérents.",
        _people(effect.people, f"suivront « {other} » à la place"),
        "Les conversations passées et les chiffres ne changent pas.",
        _TRAIN,
    ]
    return _change_page(
        request,
        slug,
        f"Fusionner « {one} » avec « {other} »",
        steps,
        "fusionner",
        "Fusionner",
        target,
        problems,
        status,
    )


def _people(people: tuple[str, ...], what: str) -> str:
    if not people:
        return "Personne ne suit ce sujet : l’annuaire ne change pas."
    return f"Dans l’annuaire : {', '.join(people)}. Ces personnes {what}."


async def merge_subjects(request: web.Request) -> web.Response:
    """Merge a subject into another."""
    slug, target = _in_service(request), await field(request, "vers")
    if target == slug or target not in dict(names.groups()[0][1]):
        return see_other(request, f"{SUBJECTS}/{slug}", "Choisissez un autre sujet.", "bad")
    try:
        await request.app[SUBJECT_DESK].merge(signed_in(request).id, slug, target)
    except REFUSALS as error:
        return await _merge_page(request, slug, target, (sentence_of(error),), 409)
    return see_other(request, f"{SUBJECTS}/{target}", "Les deux sujets n’en font plus qu’un. Il reste à entraîner.")


async def ask_retire(request: web.Request) -> web.Response:
    """Say what retiring will change."""
    return await _retire_page(request, _in_service(request))


async def _retire_page(
    request: web.Request, slug: str, problems: tuple[str, ...] = (), status: int = 200
) -> web.Response:
    effect = await request.app[SUBJECT_DESK].effect(slug)
    label = names.label(slug)
    steps = [
        f"« {label} » ne sera plus proposé aux adhérents.",
        f"{counted(effect.sentences)} resteront dans les fichiers, mais l’assistant n’en apprendra plus rien.",
        _people(effect.people, "ne suivront plus ce sujet"),
        "Les conversations passées et les chiffres ne changent pas.",
        _TRAIN,
    ]
    return _change_page(
        request, slug, f"Retirer « {label} »", steps, "retirer", "Retirer le sujet", "", problems, status
    )


async def retire_subject(request: web.Request) -> web.Response:
    """Retire a subject."""
    slug = _in_service(request)
    label = names.label(slug)
    try:
        await request.app[SUBJECT_DESK].retire(signed_in(request).id, slug)
    except REFUSALS as error:
        return await _retire_page(request, slug, (sentence_of(error),), 409)
    return see_other(request, SUBJECTS, f"« {label} » est retiré. Il reste à entraîner.")


def _change_page(
    request: web.Request,
    slug: str,
    heading: str,
    steps: list[str],
    act: str,
    button: str,
    target: str,
    problems: tuple[str, ...],
    status: int,
) -> web.Response:
    return studio_page(
        request,
        "studio/change_subject.html",
        status=status,
        slug=slug,
        label=names.label(slug),
        heading=typeset(heading),
        steps=[typeset(step) for step in steps],
        action=f"{SUBJECTS}/{slug}/{act}",
        button=button,
        target=target,
        problems=problems,
        possible=request.app[SUBJECT_DESK].owner,
    )


_PAGE = {"200": page("What will happen"), "404": page("No such subject")}
_DONE = {"303": redirect("Done"), "409": page("Refused, with the reason"), "404": page("No such subject")}

ROUTES = (
    Route(
        "GET",
        f"{SUBJECT}/fusionner",
        ask_merge,
        Operation("What merging two subjects will change", parameters=SLUG, answers=_PAGE),
        Access.TRAINER,
    ),
    Route(
        "POST",
        f"{SUBJECT}/fusionner",
        merge_subjects,
        Operation("Merge a subject into another", parameters=SLUG, body=form_body("vers"), answers=_DONE),
        Access.TRAINER,
    ),
    Route(
        "GET",
        f"{SUBJECT}/retirer",
        ask_retire,
        Operation("What retiring a subject will change", parameters=SLUG, answers=_PAGE),
        Access.TRAINER,
    ),
    Route(
        "POST",
        f"{SUBJECT}/retirer",
        retire_subject,
        Operation("Retire a subject", parameters=SLUG, body=form_body(), answers=_DONE),
        Access.TRAINER,
    ),
)
