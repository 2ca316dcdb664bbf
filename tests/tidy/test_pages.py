"""The pages for people: every link leads somewhere, every decision is listed."""

import re
from pathlib import Path

from tests.tidy.sources import ROOT, files, place

PAGES = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
OF_A_BENCH = {"latest.json", "latest.md", "latest.png"}
"""What `make bench` writes; there is none before it has run."""
DECISIONS = ROOT / "docs" / "decisions"


def _text(page: Path) -> str:
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def _anchors(page: Path) -> set[str]:
    """List what may be jumped to: headings, as they are named on the web, and ids."""
    headings = re.findall(r"^#+ (.+)$", _text(page), re.MULTILINE)
    named = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return named | set(re.findall(r'<a id="([^"]+)">', page.read_text(encoding="utf-8")))


def test_every_link_leads_somewhere() -> None:
    astray = []
    for page in PAGES:
        for target, anchor in LINK.findall(_text(page)):
            found = (page.parent / target).resolve() if target else page
            is_there = found.exists() and (
                not anchor or found.suffix != ".md" or anchor in _anchors(found)
            )
            if not is_there and found.name not in OF_A_BENCH:
                astray.append(f"{place(page)}: {target}#{anchor}")
    assert len(PAGES) > 10
    assert not astray


def test_every_decision_is_listed_by_its_title() -> None:
    listed = (DECISIONS / "README.md").read_text(encoding="utf-8")
    pages = sorted(DECISIONS.glob("0*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        number, _, title = page.read_text(encoding="utf-8").splitlines()[0][2:].partition(" ")
        assert f"| [{number}]({page.name}) | {title} |" in listed
        assert page.name.startswith(number)
