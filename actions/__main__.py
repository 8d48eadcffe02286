"""`python -m actions`: runs the action server."""

from __future__ import annotations

import logging

import logs
from actions.server import build
from settings import Settings
from tracing import spans


def main() -> None:
    """Serve until stopped."""
    settings = Settings.from_environment()
    logs.begin("actions", settings.log_level, settings.log_format)
    spans.begin("actions", settings.traces_endpoint)
    # rasa-sdk warns at each call that Rasa is older than itself; recorded calls prove that they understand each other
    logging.getLogger("rasa_sdk.utils").setLevel(logging.ERROR)
    app = build(settings)
    host, port = settings.actions_host, settings.actions_port
    app.run(host=host, port=port, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
