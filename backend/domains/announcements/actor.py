"""What the announcements' actor does."""

from actors.announcements import ANNOUNCEMENTS
from actors.part import Part
from actors.turn import Turn
from backend.domains.announcements import shown, store
from backend.domains.announcements.messages import AnnouncementPublished, PublishAnnouncement
from backend.domains.announcements.store import Board

board = Part(
    "announcements", of=ANNOUNCEMENTS, empty=Board(), load=store.load, snapshot=shown.show_latest
)


@board.handles(PublishAnnouncement)
def publish(command: PublishAnnouncement, turn: Turn) -> AnnouncementPublished:
    """Say it to everybody."""
    published = AnnouncementPublished(
        announcement_id=turn.command_id, message=command.message, published_at=turn.now
    )
    store.add(turn, published)
    return turn.publish(published)
