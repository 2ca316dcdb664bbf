"""A worker process, tied together: the jobs of all rooms, and what they may use."""

from actors.ports import Clock
from backend import rooms
from backend.clock import SystemClock
from backend.console import DemoClock
from backend.console import jobs as console
from backend.domains.privacy import Exporter
from backend.integrations.mail import Mailer, MailSettings, MailUrlWrong
from backend.integrations.vapid import WebPushSettings
from backend.integrations.web_push import WebPush
from backend.jobs import housekeeping
from backend.jobs.worker import JobWorker
from backend.observability import watching
from backend.persistence.database import ANSWERED_TO_JOBS_WITHIN_S, Database
from backend.persistence.jobs import Declared
from backend.persistence.personal_data import Catalogue
from backend.services import services_of
from backend.settings import Settings, SettingWrong


def create_worker(settings: Settings, clock: Clock | None = None) -> JobWorker:
    """Make the worker of this process; nothing runs yet. Raises SettingWrong."""
    redis_url = settings.jobs_url
    if redis_url is None:
        raise SettingWrong("REDIS_URL says where the queue of jobs is; a worker cannot do without.")
    clock = clock or SystemClock()
    is_demo = isinstance(clock, DemoClock)
    of_demo = [console] if is_demo else []
    declared = Declared.of([housekeeping, watching, *of_demo, *rooms.modules("jobs")])
    return JobWorker(
        Database(
            settings.database_url,
            pool_max=settings.database_pool_max,
            answered_within_s=ANSWERED_TO_JOBS_WITHIN_S,
        ),
        redis_url,
        declared,
        clock=clock,
        services={
            **services_of(settings, clock),
            WebPush: WebPush(web_push_settings(settings)),
            Mailer: mailer_of(settings),
            Catalogue: rooms.catalogue(),
            Exporter: Exporter(settings.export_bytes_max),
            **({DemoClock: clock, Declared: declared} if is_demo else {}),
        },
    )


def mailer_of(settings: Settings) -> Mailer:
    """Make what sends letters. Raises SettingWrong."""
    try:
        return Mailer(MailSettings(url=settings.mail_url, sender=settings.mail_from))
    except MailUrlWrong as problem:
        raise SettingWrong(f"The setting TANDEM_MAIL_URL is wrong: {problem}.") from None


def web_push_settings(settings: Settings) -> WebPushSettings:
    """Say what the sender of Web Push must know of the settings. Raises SettingWrong."""
    settings.check_push_keys()
    return WebPushSettings(
        private_key=settings.vapid_private_key,
        former_private_keys=settings.vapid_former_private_keys,
        contact=settings.vapid_contact,
        allows_loopback=settings.push_allows_loopback,
    )
