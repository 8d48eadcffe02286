"""How long the console's lists and its search take on a full database: `make bench-console`.

    python -m bench.console                                   SQLite, in var/bench/
    python -m bench.console --database postgresql://…         another one, which it fills

It prints the median of each query and how the database goes about it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from bench.filled import ANTENNAS, OFFICERS, fill
from database.storage import Storage
from settings import ROOT
from website.console.filters import Box, Filters
from website.console.inbox import count, read_inbox
from website.console.officer import Officer
from website.statistics.figures import read_figures
from website.statistics.period import Choice, Month

OFFICER = Officer(OFFICERS[0], "Camille Roux", ANTENNAS[:1])
QUERIES = {
    **{f"list {box.value}": Filters(box) for box in Box},
    "closed, category and antenna": Filters(Box.CLOSED, category="financement", antenna="rochefort"),
    "search, rare word": Filters(Box.ALL, words="fissure titane Jonzac"),
    "search, common word": Filters(Box.ALL, words="atelier"),
    "search, beginning of a word": Filters(Box.ALL, words="cert"),
    "search, accents, waiting": Filters(Box.WAITING, words="Méru tresorerie"),
    "search, two letters": Filters(Box.ALL, words="de"),
}

Query = Callable[[AsyncSession], Awaitable[object]]


def query_for(filters: Filters) -> Query:
    """The reading of a list."""
    return lambda session: read_inbox(session, filters, OFFICER)


def _figures(choice: Choice) -> Query:
    return lambda session: read_figures(session, choice, None)


async def _median(storage: Storage, query: Query, repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        async with storage.read() as session:
            start = time.perf_counter()
            await query(session)
            taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


async def plan(storage: Storage, query: Query) -> list[str]:
    """How the database goes about each statement of a query, in its own words."""
    statements: list[tuple[str, object]] = []

    def heard(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if not statement.startswith("EXPLAIN"):
            statements.append((statement, parameters))

    lines: list[str] = []
    async with storage.read() as session:
        connection = await session.connection()
        sync = connection.sync_connection
        assert sync is not None
        event.listen(sync, "before_cursor_execute", heard)
        await query(session)
        event.remove(sync, "before_cursor_execute", heard)
        sqlite = sync.dialect.name == "sqlite"
        for statement, parameters in statements:
            explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
            rows = await connection.exec_driver_sql(explain + statement, parameters)  # type: ignore[arg-type]
            lines += [str(row[-1]) for row in rows]
    return lines


async def measure(address: str, repeats: int, *, plans: bool) -> dict[str, float]:
    """The median of each query in milliseconds, printed as it comes.

    Args:
        address: Of a database that is full.
        repeats: Of each query.
        plans: Whether to print the plans too.
    """
    storage = Storage.open(address)
    medians: dict[str, float] = {}
    queries: dict[str, Query] = {
        "counts": lambda session: count(session, OFFICER),
        **{name: query_for(filters) for name, filters in QUERIES.items()},
        "figures of a year": _figures(Choice(Month(2025, 12), Month(2026, 11))),
        "figures of three years": _figures(Choice(Month(2023, 12), Month(2026, 11))),
        "figures, category and antenna": _figures(Choice(Month(2025, 12), Month(2026, 11), "rochefort", "financement")),
    }
    for name, query in queries.items():
        medians[name] = await _median(storage, query, repeats)
        print(f"{medians[name]:8.1f} ms  {name}")
        if plans:
            print(*(f"             {line}" for line in await plan(storage, query)), sep="\n")
    async with storage.read() as session:
        sizes = [await session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("conversation", "message")]
    print(f"{sizes[0]} conversations, {sizes[1]} messages, {address.partition(':')[0]}, medians of {repeats}")
    await storage.close()
    return medians


def main() -> None:
    """Fill a database and measure."""
    parser = argparse.ArgumentParser(description="The console's queries on a full database.")
    parser.add_argument("--database", default=f"sqlite:///{ROOT / 'var' / 'bench' / 'console.db'}")
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--no-plans", action="store_true")
    options = parser.parse_args()
    fill(options.database, options.conversations, options.messages)
    asyncio.run(measure(options.database, options.repeats, plans=not options.no_plans))


if __name__ == "__main__":
    main()
