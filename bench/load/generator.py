"""A process of members: `python -m bench.load.generator ORDER`, an `Order` as JSON; prints a `Told` as JSON."""

from __future__ import annotations

import asyncio
import json
import sys

from bench.load.dialogues import dialogues
from bench.load.members import Crowd, Order, TooFewFilesError


def main() -> int:
    """Chat as ordered.

    Returns:
        The exit code: 2 where the system does not let it hold so many connections.
    """
    order = Order(**json.loads(sys.argv[1]))
    try:
        told = asyncio.run(Crowd(order, dialogues(order.seed)).run())
    except TooFewFilesError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(told.as_json()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
