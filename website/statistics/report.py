"""The figures as the page shows them: charts, the table behind each, and a link on every number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from directory.data import DirectoryData
from directory.french import short_name, typeset
from understanding.catalogue import Catalogue
from website.console.filters import Box, Course, Filters
from website.statistics import charts
from website.statistics.charts import Chart, Group, Part
from website.statistics.figures import Figures, Tally
from website.statistics.period import Month
from website.statistics.words import duration, number, plural, share, within

WAYS: Mapping[Course, str] = {
    Course.ALONE: "l’assistant a répondu seul",
    Course.HANDED: "transmises à une personne",
    Course.UNFINISHED: "sans suite",
}
"""How conversations went, in words; the order is that of the colours."""
_SHORT = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
_MINUTE, _HOUR = 60.0, 3600.0
_TIME_STEPS = tuple(
    [count * _MINUTE for count in (1, 5, 10, 15, 30)] + [count * _HOUR for count in (1, 2, 5, 10, 20, 50, 100, 500)]
)
_MOST_REMOTE = 15
_COUNTED = ("Conversations", "Assistant seul", "Transmises", "Sans suite", "Première réponse", "9 sur 10 avant")


@dataclass(frozen=True)
class Cell:
    """A number of a table, and the conversations behind it."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class Block:
    """A chart with its table.

    Attributes:
        key: Names it in the page.
        title: Its heading.
        lead: One sentence below.
        legend: What the colours mean, in order.
        drawing: The chart; None where there is nothing to draw.
        header: Of the table.
        rows: Of the table; the first cell names the row.
    """

    key: str
    title: str
    lead: str
    legend: Sequence[str]
    drawing: Markup | None
    header: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]


class Report:
    """Turns figures into blocks.

    Args:
        figures: What was counted.
        catalogue: Gives the labels of categories.
        data: The directory gives the names of antennas; None where none was imported.
    """

    def __init__(self, figures: Figures, catalogue: Catalogue, data: DirectoryData | None) -> None:
        self._figures = figures
        self._labels = {slug: typeset(category.label) for slug, category in catalogue.categories.items()}
        self._names = {antenna.slug: short_name(antenna.name) for antenna in data.antennas} if data else {}
        choice = figures.choice
        self._base = Filters(
            Box.ALL,
            category=choice.category,
            antenna=choice.antenna,
            since=choice.first.first_day,
            until=choice.last.last_day,
        )
        several = choice.first != choice.last
        self._period = f"de {choice.first.label} à {choice.last.label}" if several else choice.first.label

    def category(self, slug: str | None) -> str:
        """What members read for a category."""
        return self._labels.get(slug or "", slug or "")

    def antenna(self, slug: str | None) -> str:
        """The short name of an antenna."""
        return self._names.get(slug or "", slug or "")

    def blocks(self) -> list[Block]:
        """All charts, those with nothing in them left out."""
        blocks = [
            self._months(),
            self._named("sujets", "Par sujet", self._figures.by_category, self.category, self._on),
            self._named("antennes", "Par antenne", self._figures.by_antenna, self.antenna, self._at),
            self._times(),
            self._ratings(),
            self._remote(),
        ]
        return [block for block in blocks if block.drawing is not None]

    def tiles(self) -> list[tuple[str, str, str, str]]:
        """The period at a glance: what, the number, a word on it, and the link."""
        total = self._figures.total
        tiles = [("Conversations", number(total.conversations), self._period, "")]
        tiles += [
            (
                words[0].upper() + words[1:],
                number(total.courses[course]),
                share(total.courses[course], total.conversations),
                _link(self._base, course),
            )
            for course, words in WAYS.items()
        ]
        late = f"9 sur 10 {within(total.late)}" if total.seconds else "aucune pour l’instant"
        tiles.append(("Première réponse, médiane", duration(total.median), late, _link(self._base, Course.HANDED)))
        if total.rated:
            words = f"sur {number(total.rated)} avis"
            tiles.append(("Jugées utiles", share(total.useful, total.rated), words, _link(self._base, rating="utile")))
        return tiles

    def _parts(self, tally: Tally, what: str, filters: Filters) -> list[Part]:
        return [
            Part(
                kind,
                tally.courses[course],
                typeset(f"{what}, {words} : {plural(tally.courses[course], 'conversation')}"),
                _link(filters, course),
            )
            for kind, (course, words) in enumerate(WAYS.items())
        ]

    def _cells(self, tally: Tally, filters: Filters) -> list[Cell]:
        counts = [_cell(tally.courses[course], _link(filters, course)) for course in WAYS]
        return [Cell(number(tally.conversations)), *counts, Cell(duration(tally.median)), Cell(duration(tally.late))]

    def _short(self, month: Month) -> str:
        """« mars », with the year where one begins."""
        with_year = month.number == 1 or month == self._figures.choice.first
        return f"{_SHORT[month.number - 1]}\n{month.year}" if with_year else _SHORT[month.number - 1]

    def _on(self, category: str) -> Filters:
        return replace(self._base, category=category)

    def _at(self, antenna: str) -> Filters:
        return replace(self._base, antenna=antenna)

    def _in(self, month: Month) -> Filters:
        return replace(self._base, since=month.first_day, until=month.last_day)

    def _months(self) -> Block:
        by_month = self._figures.by_month
        groups = [
            Group(self._short(month), self._parts(tally, month.label, self._in(month)))
            for month, tally in by_month.items()
        ]
        total = self._figures.total
        summary = f"{plural(total.conversations, 'conversation')} {self._period}."
        return self._block(
            "mois",
            "Conversations par mois",
            "Une conversation compte pour le mois où elle a commencé.",
            tuple(WAYS.values()),
            lambda chart: charts.columns(chart, stacked=True, tick=lambda value: number(round(value))),
            Chart("mois", "Conversations par mois", typeset(summary), groups) if total.conversations else None,
            ["Mois", *_COUNTED],
            [(month.label, self._cells(tally, self._in(month))) for month, tally in by_month.items()],
        )

    def _named(
        self,
        key: str,
        title: str,
        found: Mapping[str | None, Tally],
        name: Callable[[str | None], str],
        narrow: Callable[[str], Filters],
    ) -> Block:
        """Rows by category or antenna, the longest first; conversations without one are left out."""
        pairs = [(slug, tally) for slug, tally in found.items() if slug and tally.conversations]
        pairs.sort(key=lambda pair: (-pair[1].conversations, pair[0]))
        narrowed = {slug: narrow(slug) for slug, _ in pairs}
        groups = [
            Group(name(slug), self._parts(tally, name(slug), narrowed[slug]), number(tally.conversations))
            for slug, tally in pairs
        ]
        first = f"Le plus souvent : {name(pairs[0][0])}." if pairs else ""
        return self._block(
            key,
            title,
            "Les conversations dont le sujet n’est pas encore connu n’y figurent pas."
            if key == "sujets"
            else "L’antenne qui a traité la conversation, sinon celle de la personne nommée.",
            tuple(WAYS.values()),
            charts.rows,
            Chart(key, f"Conversations {title.lower()}", typeset(first), groups) if groups else None,
            ["Sujet" if key == "sujets" else "Antenne", *_COUNTED],
            [(name(slug), self._cells(tally, narrowed[slug])) for slug, tally in pairs],
        )

    def _times(self) -> Block:
        by_month = self._figures.by_month
        groups = []
        for month, tally in by_month.items():
            link = _link(self._in(month), Course.HANDED)
            said = ((tally.median, "une réponse sur deux en moins de"), (tally.late, "neuf sur dix en moins de"))
            parts = [
                Part(kind, value or 0.0, typeset(f"{month.label}, {words} {duration(value)}"), link)
                for kind, (value, words) in enumerate(said)
            ]
            groups.append(Group(self._short(month), parts))
        total = self._figures.total
        summary = f"Médiane {self._period} : {duration(total.median)} ; neuf sur dix : {duration(total.late)}."
        return self._block(
            "delais",
            "Première réponse d’une personne",
            "Du moment où un chargé de mission est demandé à sa première réponse, en heures d’ouverture de l’antenne.",
            ("une sur deux (médiane)", "neuf sur dix"),
            lambda chart: charts.columns(chart, stacked=False, tick=_time_tick, steps=_TIME_STEPS),
            Chart("delais", "Délai de première réponse par mois", typeset(summary), groups) if total.seconds else None,
            ["Mois", "Réponses", "Une sur deux avant", "Neuf sur dix avant"],
            [
                (
                    month.label,
                    [
                        _cell(len(tally.seconds), _link(self._in(month), Course.HANDED)),
                        Cell(duration(tally.median)),
                        Cell(duration(tally.late)),
                    ],
                )
                for month, tally in by_month.items()
            ],
        )

    def _ratings(self) -> Block:
        by_month = self._figures.by_month
        links = {month: [_link(self._in(month), rating=word) for word in ("utile", "inutile")] for month in by_month}
        groups = [
            Group(
                self._short(month),
                [
                    Part(0, tally.useful, typeset(f"{month.label}, utile : {tally.useful} avis"), links[month][0]),
                    Part(
                        1, tally.useless, typeset(f"{month.label}, pas utile : {tally.useless} avis"), links[month][1]
                    ),
                ],
            )
            for month, tally in by_month.items()
        ]
        total = self._figures.total
        summary = f"{share(total.useful, total.rated)} des échanges jugés l’ont été comme utiles {self._period}."
        return self._block(
            "avis",
            "Avis des adhérents",
            "Après un échange avec une personne : utile, ou pas utile.",
            ("utile", "pas utile"),
            lambda chart: charts.columns(chart, stacked=True, tick=lambda value: number(round(value))),
            Chart("avis", "Avis par mois", typeset(summary), groups) if total.rated else None,
            ["Mois", "Utile", "Pas utile", "Part utile"],
            [
                (
                    month.label,
                    [
                        _cell(tally.useful, links[month][0]),
                        _cell(tally.useless, links[month][1]),
                        Cell(share(tally.useful, tally.rated)),
                    ],
                )
                for month, tally in by_month.items()
            ],
        )

    def _remote(self) -> Block:
        found = self._figures.remote
        groups, table = [], []
        for one in found:
            link = _link(replace(self._base, antenna="", near=one.near, category=one.category))
            label = f"{self.category(one.category)}, autour de {self.antenna(one.near)}"
            says = typeset(f"{label} : {plural(one.number, 'conversation')}")
            groups.append(Group(label, [Part(1, one.number, says, link)], number(one.number)))
            row = [Cell(self.category(one.category)), Cell(number(one.number), link)]
            table.append((self.antenna(one.near), row))
        return self._block(
            "absents",
            "Demandes sans interlocuteur local",
            "L’antenne la plus proche n’a personne sur ce sujet : l’adhérent est orienté vers une autre.",
            (),
            charts.rows,
            Chart(
                "absents",
                "Demandes sans interlocuteur local",
                f"{plural(len(found), 'sujet')} sans interlocuteur à l’antenne la plus proche.",
                groups[:_MOST_REMOTE],
            )
            if groups
            else None,
            ["Antenne la plus proche", "Sujet", "Conversations"],
            table,
        )

    @staticmethod
    def _block(
        key: str,
        title: str,
        lead: str,
        legend: Sequence[str],
        draw: Callable[[Chart], Markup],
        chart: Chart | None,
        header: Sequence[str],
        rows: Sequence[tuple[str, Sequence[Cell]]],
    ) -> Block:
        return Block(key, title, typeset(lead), legend, draw(chart) if chart else None, header, rows)


def _link(filters: Filters, course: Course | None = None, rating: str = "") -> str:
    """The list of conversations behind a number."""
    return f"/console?{replace(filters, course=course, rating=rating).query}"


def _cell(count: int, link: str) -> Cell:
    return Cell(number(count), link if count else "")


def _time_tick(seconds: float) -> str:
    return duration(seconds) if seconds else "0"
