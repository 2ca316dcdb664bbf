"""The page of the JavaScript client's README, run as it stands there, and again with a new key."""

import json
import os
import re
from pathlib import Path

import msgspec

from backend.integrations.vapid import VapidKeys, generate_vapid_keys
from tests.clients.javascript_phone import MODULE, node_command
from tests.domains.notifications.push_service import Phone, PushService
from tests.domains.notifications.test_subscriptions import kept_by
from tests.support.commands import ran
from tests.support.couple import Couple
from tests.support.node import Node

WITHIN_S = 20
BROWSER = Path(__file__).with_name("browser.mjs")


async def run_page(couple: Couple, folder: Path, held_key: str, held: Phone, new: Phone) -> None:
    """Have Ben open the page, in a browser that holds one subscription or none."""
    page, _ = re.findall(
        r"^```javascript\n(.*?)^```$",
        MODULE.with_name("README.md").read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    (folder / "page.mjs").write_text(page + BROWSER.read_text(encoding="utf-8"))
    ben = couple.ben
    browser = [held_key, json.dumps(held.as_json), json.dumps(new.as_json)]
    command = [*node_command(), "page.mjs", ben.node.http_url, ben.token, *browser]
    said = await ran(*command, folder=folder, environ=os.environ, within_s=WITHIN_S)
    assert said.code == 0, said.err


async def test_a_page_subscribes_once_and_anew_when_the_key_was_rotated(
    couple: Couple, service: PushService, keys: VapidKeys, pushing_node: Node, tmp_path: Path
) -> None:
    phone, anew = service.phone("phone"), service.phone("phone-anew")
    await run_page(couple, tmp_path, "", phone, phone)
    (first,) = await kept_by(couple.ben)
    await run_page(couple, tmp_path, keys.public_key, phone, anew)
    (again,) = await kept_by(couple.ben)
    assert first["is_current_key"] is again["is_current_key"] is True

    pushing_node.house.settings = msgspec.structs.replace(
        pushing_node.house.settings,
        vapid_private_key=generate_vapid_keys().private_key,
        vapid_former_private_keys=keys.private_key,
    )
    (behind,) = await kept_by(couple.ben)
    assert behind["is_current_key"] is False
    await run_page(couple, tmp_path, keys.public_key, phone, anew)
    (kept,) = await kept_by(couple.ben)
    assert kept["is_current_key"] is True
    assert kept["id"] != behind["id"]
