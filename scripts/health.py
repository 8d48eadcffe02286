"""Whether a part of the help desk on this machine answers: `python -m scripts.health site|rasa|actions`.

For the checks of containers and pods, which call it every few seconds: it loads nothing but the settings.
"""

from __future__ import annotations

import http.client
import sys

from settings import SettingError, Settings
from supervisor.parts import Part
from supervisor.probes import CALLED, probe

PATIENCE_S = 4.0


def answers(settings: Settings, part: Part) -> bool:
    """Whether a part can be sent calls.

    Args:
        settings: Give its port, and the secret that Rasa asks for.
        part: One of `CALLED`.
    """
    asked = probe(settings, part)
    connection = http.client.HTTPConnection("127.0.0.1", asked.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", asked.path, headers=dict(asked.headers))
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
    if len(arguments) != 1 or arguments[0] not in CALLED:
        print(f"usage: python -m scripts.health {'|'.join(CALLED)}", file=sys.stderr)
        return 2
    try:
        settings = Settings.from_environment()
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if answers(settings, Part(arguments[0])) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
