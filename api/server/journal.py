"""The log, on standard error: one JSON object a line, or words for a person at a terminal.

No key, no body and no address of a client is in it.
"""

import logging
import os
import sys
from typing import Any

import structlog


def keep_journal(level: str = "info") -> None:
    """Sends every log line of the process, the libraries' too, through one form."""
    person = sys.stderr.isatty()
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([] if person else [structlog.processors.format_exc_info]),
    ]
    form: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ)]
        if person
        else [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer(sort_keys=True)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *form,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Their own lines about every start and request say nothing that ours do not, and name the client.
    for name in ("httpx2", "httpcore2", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
