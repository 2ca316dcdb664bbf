"""Lives through as many worlds of stakes as are wanted, and says what has happened in them."""

import argparse
import os
import sys
import time
from collections import Counter
from multiprocessing import Pool

from backend.domains.payments.values import PaymentStatus, PaymentType
from tests.domains.challenges.stake_world import StakeWorld


def live(seed: int) -> Counter[str]:
    """Live through one world, check it, and count what became of each occurrence."""
    world = StakeWorld(seed).live()
    world.check()
    counted: Counter[str] = Counter()
    for one in world.settled.values():
        counted[str(one.outcome)] += 1
        counted["disputed"] += one.dispute is not None
    counted["outages"] += len(world.outages)
    counted["moved to another zone"] += world.run.clock.time_zone_before is not None
    counted["changes of clocks"] += world.clock_changes
    counted[f"changes of clocks, {world.first_clock.time_zone}"] += world.clock_changes
    counted["both changes of a year"] += world.clock_changes > 1
    counted["eased, quit or taken back"] += world.eased
    counted["rulings on an appeal"] += world.appeals
    counted["let in later"] += len(world.late)
    counted["parted from"] += len(world.parted)
    counted["ended by parting"] += world.has_ended_by_parting
    return counted + count_money(world)


def count_money(world: StakeWorld) -> Counter[str]:
    """Count what came in, where it went, and how often a card was charged, by the way to pay."""
    stake, till = world.run.stake, world.till
    if stake is None:
        return Counter({"worlds without money": 1})
    way = f"{stake.mode}, {stake.asset}"
    forfeits = [row for row in till.payments.values() if row.payment_type is PaymentType.FORFEIT]
    paid = sum(row.status is PaymentStatus.SUCCEEDED for row in forfeits)
    return Counter(
        {
            f"worlds: {way}": 1,
            f"{way}: minor units in": till.in_minor,
            f"{way}: of these out": till.out_minor,
            f"{way}: fees": till.fees_minor,
            f"{way}: forfeited": world.book.has[world.goes_to],
            f"{way}: free in the end": world.book.has[till.wallet],
            "misses charged to a card": paid,
            "misses that are owed in the end": len(forfeits) - paid,
            "cards that said no": till.declined,
            "tries to pay by hand": till.by_hand,
            "answers that were lost": till.lost,
        }
    )


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100_000)
    parser.add_argument("--from", type=int, default=0, dest="first")
    chosen = parser.parse_args()
    began = time.monotonic()
    counted: Counter[str] = Counter()
    with Pool(os.cpu_count()) as pool:
        seeds = range(chosen.first, chosen.first + chosen.worlds)
        for done, one in enumerate(pool.imap_unordered(live, seeds, chunksize=200), 1):
            counted += one
            if done % 10_000 == 0:
                print(f"{done} worlds", flush=True)
    print(f"{chosen.worlds} worlds in {time.monotonic() - began:.0f} s: all as they must be")
    for name, count in counted.most_common():
        print(f"{count:>12,} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
