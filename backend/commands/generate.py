"""`tandem generate`: writes the language down for those who speak it from outside."""

import argparse

HELP = "write protocol/generated/ anew from the messages"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow: nothing."""


def run(_chosen: argparse.Namespace) -> int:
    """Write every file anew, and take away those that are not written any more."""
    from backend.language import GENERATED, language  # noqa: PLC0415 - others need no rooms
    from protocol.rendering import render  # noqa: PLC0415

    written = render(language())
    GENERATED.mkdir(exist_ok=True)
    for found in GENERATED.iterdir():
        if found.name not in written:
            found.unlink()
    for name, text in written.items():
        (GENERATED / name).write_text(text, encoding="utf-8")
    return 0
