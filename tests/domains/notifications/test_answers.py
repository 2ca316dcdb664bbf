"""Answers of push services: what each of them makes of the message, and of the subscription."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from backend.domains.notifications import reach
from backend.domains.notifications.jobs import forget_revoked
from backend.domains.notifications.pushing import TRIES_MAX
from backend.integrations import web_push as module
from backend.persistence.database import fetch
from backend.persistence.job_run import DoneBefore, JobRun
from backend.persistence.jobs import TryLater
from protocol.ids import uuid7
from tests.domains.notifications.scene import Scene, scene
from tests.domains.notifications.sending import told_with
from tests.domains.notifications.test_inbox import inbox_of
from tests.domains.notifications.test_pushing import away, choose, share_mood, worker
from tests.domains.notifications.test_subscriptions import kept_by, subscribe
from tests.support.clock import FakeClock
from tests.support.http_service import Answer
from tests.support.until import until

__all__ = ["scene", "worker"]

pytestmark = pytest.mark.usefixtures("worker")

_PUT_OFF = """
SELECT due_at FROM job WHERE name = 'notifications.push_to' AND tries > 0 AND relayed_at IS NULL
AND due_at > $2 AND arguments->>'user_id' = $1
"""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Fewer refusals that revoke."""
    monkeypatch.setattr(reach, "REFUSALS_MAX", 3)
    return 3


async def dead_letters() -> list[Any]:
    return await fetch("SELECT * FROM dead_letter WHERE receiver LIKE 'notifications.%'")


class TestGone:
    """The push service does not know the subscription any more."""

    @pytest.mark.parametrize("status", [404, 410])
    async def test_it_is_revoked_at_once_and_its_owner_sees_why(
        self, scene: Scene, status: int
    ) -> None:
        await scene.away(Answer(status))
        await scene.push(times=2)
        assert scene.service.requests == 1
        kept = await scene.kept()
        assert kept["revoke_reason"] == "gone"
        assert kept["revoked_at"] is not None
        (line,) = scene.said("a push subscription is gone")
        assert line["log_level"] == "info"
        handed = "SELECT pushed_at FROM notification WHERE user_id = $1 ORDER BY id DESC LIMIT 1"
        (newest,) = await fetch(handed, scene.couple.ben.user_id)
        assert newest["pushed_at"] is None, "nobody was there to be handed it"

    async def test_a_browser_that_subscribes_again_is_pushed_to_again(self, scene: Scene) -> None:
        await scene.away(Answer(410))
        await scene.push()
        again = await subscribe(scene.couple.ben, scene.service.phone("phone").as_json)
        assert again.status_code == 201
        await scene.push()
        assert len(scene.service.received) == 1
        kept = await scene.kept()
        assert (kept["revoked_at"], kept["revoke_reason"]) == (None, None)

    async def test_a_new_one_of_the_same_device_takes_its_place(self, scene: Scene) -> None:
        await scene.away(Answer(410))
        await scene.push()
        await away(scene.couple, scene.service, "phone-anew")
        assert (await scene.kept())["revoked_at"] is None

    async def test_it_is_forgotten_after_a_month_and_what_holds_is_not(self, scene: Scene) -> None:
        ben = scene.couple.ben
        await scene.away(Answer(410))
        await scene.push()
        for days, left in ((0, 1), (29, 1), (31, 0)):
            later = FakeClock(scene.clock.now() + timedelta(days=days))
            await forget_revoked(JobRun(None, clock=later, services={}))
            assert len(await kept_by(ben)) == left, days
        await subscribe(ben, scene.service.phone("laptop").as_json)
        long_after = FakeClock(scene.clock.now() + timedelta(days=999))
        await forget_revoked(JobRun(None, clock=long_after, services={}))
        assert len(await kept_by(ben)) == 1


class TestRefused:
    """The push service will never take it, and the subscription may be at fault."""

    @pytest.mark.parametrize("status", [301, 307, 400, 401, 403])
    async def test_a_message_is_dropped_and_the_refusal_counted(
        self, scene: Scene, status: int
    ) -> None:
        elsewhere = {"location": f"{scene.service.url}/push/phone"}
        await scene.away(Answer(status, elsewhere))
        await scene.push()
        assert (scene.service.requests, scene.service.received) == (1, [])
        assert await scene.refusals() == 1
        assert (await scene.kept())["revoked_at"] is None
        (line,) = scene.said("a push was refused")
        assert line["why"] == f"the push service answered {status}"
        assert await dead_letters() == []

    async def test_so_many_in_a_row_revoke(self, scene: Scene, few: int) -> None:
        await scene.away(*[Answer(403)] * few)
        await scene.push(times=few + 1)
        assert scene.service.requests == few
        assert (await scene.kept())["revoke_reason"] == "refused"
        (line,) = scene.said("a push subscription was revoked")
        assert (line["reason"], line["why"]) == ("refused", "the push service answered 403")
        assert len(scene.said("a push was refused")) == few - 1

    async def test_one_that_is_taken_between_them_begins_the_count_anew(
        self, scene: Scene, few: int
    ) -> None:
        refused = [Answer(400)] * (few - 1)
        await scene.away(*refused, Answer(201), *refused)
        await scene.push(times=2 * few - 1)
        assert (await scene.kept())["revoked_at"] is None
        assert await scene.refusals() == few - 1

    async def test_keys_that_nothing_can_be_encrypted_for_count_as_well(
        self, scene: Scene, few: int
    ) -> None:
        await scene.away()
        spoil = "UPDATE push_subscription SET p256dh = 'AAAA' WHERE user_id = $1"
        await fetch(spoil, scene.couple.ben.user_id)
        await scene.push(times=few)
        assert (await scene.kept())["revoke_reason"] == "refused"
        assert scene.service.requests == 0

    async def test_what_an_answer_means_is_counted_once(self, scene: Scene) -> None:
        """The lease of a worker ran out while it sent, and another was quicker to the end."""
        await scene.away(Answer(400), Answer(400))
        await scene.push()
        assert await scene.refusals() == 1
        with pytest.raises(DoneBefore):
            await scene.push_to(job_id=uuid7())
        assert scene.service.requests == 2
        assert await scene.refusals() == 1


class TestTooLong:
    """The push service takes messages, but none of this length."""

    async def test_it_is_sent_once_more_without_what_is_private(self, scene: Scene) -> None:
        await choose(scene.couple, lock_screen="all")
        await scene.away(Answer(413))
        with told_with(message="She feels loved"):
            await scene.push()
        (whole,), (least,) = scene.service.turned_away, scene.service.received
        assert whole.message["message"] == "She feels loved"
        assert not any(private in str(least.message) for private in ("Anna", "loved", "mood"))
        assert least.message["notification_id"] == whole.message["notification_id"]
        assert least.topic == whole.topic == least.message["tag"]
        assert await scene.refusals() == 0

    async def test_where_even_that_is_too_long_it_is_a_refusal(self, scene: Scene) -> None:
        await choose(scene.couple, lock_screen="all")
        await scene.away(Answer(413), Answer(413))
        await scene.push()
        assert (scene.service.requests, scene.service.received) == (2, [])
        assert await scene.refusals() == 1

    async def test_where_nothing_is_private_there_is_nothing_to_leave_out(
        self, scene: Scene
    ) -> None:
        await scene.away(Answer(413))
        await scene.push()
        assert (scene.service.requests, scene.service.received) == (1, [])
        assert await scene.refusals() == 1


class TestLater:
    """The push service is away, or wants less."""

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("form", ["seconds", "date"])
    async def test_it_is_not_asked_before_it_wants_to_be(
        self, scene: Scene, form: str, status: int
    ) -> None:
        until_then = datetime.now(UTC) + timedelta(seconds=600)
        told = "600" if form == "seconds" else format_datetime(until_then, usegmt=True)
        await scene.away(Answer(status, {"retry-after": told}))
        await share_mood(scene.couple)
        wait_s = (await self._until_put_off(scene) - scene.clock.now()).total_seconds()
        assert wait_s == pytest.approx(600, abs=0 if form == "seconds" else 60)
        assert await scene.refusals() == 0

    async def _until_put_off(self, scene: Scene) -> datetime:
        """Wait until a push is put off; returns until when."""
        due: list[datetime] = []

        async def is_put_off() -> bool:
            of_ben = str(scene.couple.ben.user_id)
            due[:] = [row["due_at"] for row in await fetch(_PUT_OFF, of_ben, scene.clock.now())]
            return bool(due)

        await until(is_put_off)
        return due[0]

    @pytest.mark.parametrize("answer", [Answer(500), Answer(503), Answer(is_silent=True)])
    async def test_without_a_word_of_it_each_wait_is_longer(
        self, scene: Scene, answer: Answer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "WITHIN_S", 1.0)
        await scene.away()
        await scene.push()
        scene.service.answers = [answer] * 3
        waits_s = []
        for tries in (1, 4, TRIES_MAX - 1):
            with pytest.raises(TryLater) as later:
                await scene.push_to(tries=tries)
            waits_s.append(later.value.after_s)
        assert waits_s == [1.0, 8.0, 256.0]
        assert await scene.refusals() == 0

    async def test_after_so_many_tries_it_stays_in_the_inbox_and_is_no_dead_letter(
        self, scene: Scene
    ) -> None:
        await scene.away()
        await scene.push()
        scene.service.answers = [Answer(503)]
        await scene.push_to(tries=TRIES_MAX)
        (line,) = scene.said("a push was given up")
        assert line["why"] == "the push service answered 503"
        assert (await inbox_of(scene.couple.ben))["unread"] >= 1

    async def test_it_is_not_waited_for_longer_than_it_is_news(self, scene: Scene) -> None:
        await scene.away(Answer(429, {"retry-after": "1801"}))
        with told_with(kind="challenge_reminder"):
            await scene.push()
        assert scene.service.requests == 1
        assert len(scene.said("a push was given up")) == 1
        assert await dead_letters() == []
        assert (await scene.kept())["revoked_at"] is None
