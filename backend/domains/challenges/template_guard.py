"""The guard of templates: what begins is what the template allows, in the version that was read.

Templates are rows that admins change, so an actor's memory could not know what holds now. The
command says everything itself; here it is held against the row, at the moment it is committed.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from backend.domains.challenges.messages import StartChallenge
from backend.domains.challenges.refusals import (
    SettingsWrong,
    TemplateChanged,
    TemplateForbids,
    TemplateUnknown,
)
from backend.domains.challenges.values import Allows, StakeWanted
from backend.persistence.database import Record
from backend.persistence.guards import Connection, Guarded, Question, Verdict
from protocol.refusals import Refusal

SCHEMAS_KEPT_MAX = 256

_TEMPLATES = """
SELECT slug, version, is_open, settings_schema, allows FROM challenge WHERE slug = ANY($1)
"""


class TemplateGuard:
    """Refuses what its template does not allow."""

    name = "catalogue"

    def question(self, guarded: Sequence[Guarded]) -> Question:
        """Ask for the templates that are begun with."""
        return Question(_TEMPLATES, (list({found.item.template_slug for found in guarded}),))

    async def judge(
        self, connection: Connection, guarded: Sequence[Guarded], rows: Sequence[Record]
    ) -> Verdict:
        """Name what is not allowed."""
        del connection
        templates = {row["slug"]: row for row in rows}
        verdict = Verdict()
        for found in guarded:
            refusal = why_not(found.item, templates.get(found.item.template_slug))
            if refusal is not None:
                verdict.failures.append((found, refusal))
        return verdict


TEMPLATES = TemplateGuard()


def why_not(command: StartChallenge, template: Record | None) -> Refusal | None:
    """Say why a template does not allow a challenge; None when it does."""
    slug = command.template_slug
    if template is None or not template["is_open"]:
        return TemplateUnknown(template_slug=slug)
    if template["version"] != command.template_version:
        return TemplateChanged(template_slug=slug, version=template["version"])
    allows = msgspec.json.decode(template["allows"], type=Allows)
    forbidden = _forbidden(command, allows)
    if forbidden is not None:
        return TemplateForbids(template_slug=slug, what=forbidden)
    return _settings_wrong(command.settings, template["settings_schema"])


def _forbidden(command: StartChallenge, allows: Allows) -> str | None:
    days = (command.last_day - command.first_day).days + 1
    if command.schedule.__struct_config__.tag not in allows.schedules:
        return "the schedule"
    if command.proof not in allows.proofs:
        return "the proof"
    if not allows.days_min <= days <= allows.days_max:
        return f"{days} days; it takes {allows.days_min} to {allows.days_max}"
    return _forbidden_stake(command.stake, allows) if command.stake is not None else None


def _forbidden_stake(stake: StakeWanted, allows: Allows) -> str | None:
    most = allows.amount_minor_max.get(stake.asset, 0)
    if stake.mode not in allows.stake_modes or most == 0:
        return "this kind of stake"
    if stake.forfeits_to not in allows.forfeits_to:
        return "whom it goes to"
    return f"more than {most} of {stake.asset} each time" if stake.amount_minor > most else None


def _settings_wrong(settings: dict[str, Any], schema: str) -> SettingsWrong | None:
    problem = next(iter(validator_of(schema).iter_errors(settings)), None)
    if problem is None:
        return None
    path = "$.settings" + "".join(f".{part}" for part in problem.absolute_path)
    # The message of the validator would repeat what the person wrote.
    return SettingsWrong(path=path, problem=f"it breaks the rule {problem.validator}")


@lru_cache(maxsize=SCHEMAS_KEPT_MAX)
def validator_of(schema: str) -> Draft202012Validator:
    """Make what holds settings against a schema (JSON Schema 2020-12)."""
    return Draft202012Validator(msgspec.json.decode(schema))
