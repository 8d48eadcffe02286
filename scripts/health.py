"""Whether a part of the help desk on this machine answers: `python -m scripts.health site|rasa|actions`.

For the checks of containers and pods, which call it every few seconds: it loads nothing but the settings.
"""

from __future__ import annotations

import http.client
import sys
from collections.abc import Callable

from settings import SECRET_HEADER, SettingError, Settings

PATIENCE_S = 4.0

PARTS: dict[str, Callable[[Settings], tuple[int, str]]] = {
    "site": lambda settings: (settings.port, "/health/ready"),
    "rasa": lambda settings: (settings.rasa_port, "/webhooks/site/"),
    "actions": lambda settings: (settings.actions_port, "/health"),
}
"""Port and path at which each part says that it can be sent calls."""


def answers(settings: Settings, part: str) -> bool:
    """Whether a part can be sent calls.

    Args:
        settings: Give its port, and the secret that Rasa asks for.
        part: One of `PARTS`.
    """
    port, path = PARTS[part](settings)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path, headers={SECRET_HEADER: settings.shared_secret} if part == "rasa" else {})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main(arguments: list[str]) -> int:
    """Check one part.

    Returns:
        The exit code: 0 where it answers, 1 where not, 2 where the command or a setting is wrong.
    """
    if len(arguments) != 1 or arguments[0] not in PARTS:
        print(f"usage: python -m scripts.health {'|'.join(PARTS)}", file=sys.stderr)
        return 2
    try:
        settings = Settings.from_environment()
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if answers(settings, arguments[0]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
