"""`tandem usdc`: what those who run Tandem do about money that comes and goes as USDC."""

import argparse
import getpass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from backend.running.beside import NotDone, add_data, work_beside
from backend.settings import Settings

if TYPE_CHECKING:
    from backend.domains.usdc import Withdrawal
    from backend.persistence.job_run import JobRun

HELP = "addresses, sweeps and withdrawals of USDC, and whether the books fit (DATABASE_URL)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument(
        "--by", default=None, help="who does it, as it will be kept (the user of this machine)"
    )
    add_data(parser)
    what = parser.add_subparsers(dest="what", required=True)
    addresses = what.add_parser("addresses", help="hand in addresses to pay in at (TANDEM_CHAIN)")
    addresses.add_argument("file", type=Path, help="one address a line, and a name for it if any")
    addresses.set_defaults(do=_load)
    what.add_parser("withdrawals", help="list what is to be paid").set_defaults(do=_list)
    for name, act, help_ in (
        ("approve", _approve, "take a withdrawal on, before it is paid"),
        ("execute", _execute, "say by which transaction a withdrawal was paid"),
        ("refuse", _refuse, "refuse a withdrawal, and give the money back"),
    ):
        one = what.add_parser(name, help=help_)
        one.add_argument("id", type=UUID, help="the withdrawal")
        one.set_defaults(do=act)
        if name == "execute":
            one.add_argument("--tx", required=True, help="the hash of the transaction")
        if name == "refuse":
            one.add_argument("--reason", required=True, help="a sentence, which its owner reads")
    sweep = what.add_parser("sweep", help="say that an address was emptied (TANDEM_CHAIN)")
    sweep.add_argument("address", help="the address money was moved out of")
    sweep.add_argument("amount", type=int, nargs="?", help="how much, in millionths")
    sweep.add_argument("--tx", required=True, help="the hash of the transaction")
    sweep.add_argument("--gone", action="store_true", help="the chain has it no more")
    sweep.set_defaults(do=_sweep)
    report = what.add_parser("report", help="compare the chain, the rows and the ledger, as JSON")
    report.set_defaults(do=_report)


def run(chosen: argparse.Namespace) -> int:
    """Do it. Raises SettingWrong."""
    return work_beside(act, chosen)


async def act(chosen: argparse.Namespace, settings: Settings) -> str:
    """Do it, with the chain at hand. Raises SettingWrong, NotDone."""
    from backend.clock import SystemClock  # noqa: PLC0415 - the other commands need none of these
    from backend.domains.usdc import NotPossible, Usdc  # noqa: PLC0415
    from backend.integrations.chain import ChainProblem, NotATransactionHash  # noqa: PLC0415
    from backend.integrations.ethereum_address import AddressWrong  # noqa: PLC0415
    from backend.persistence.job_run import JobRun  # noqa: PLC0415
    from backend.services import usdc_of  # noqa: PLC0415
    from protocol.refusals import Refusal  # noqa: PLC0415

    clock = SystemClock()
    usdc = usdc_of(settings, clock)
    chosen.by = chosen.by or getpass.getuser()
    try:
        said: str = await chosen.do(chosen, JobRun(None, clock=clock, services={Usdc: usdc}))
    except (NotPossible, Refusal, ChainProblem, AddressWrong, NotATransactionHash) as problem:
        raise NotDone(str(problem)) from None
    finally:
        await usdc.close()
    return said


async def _load(chosen: argparse.Namespace, run: "JobRun") -> str:
    from backend.domains import usdc  # noqa: PLC0415

    try:
        lines = chosen.file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise NotDone(f"The file {chosen.file} cannot be read: {problem}") from None
    added, known = await usdc.load_addresses(run, lines, chosen.by)
    return f"{added} addresses are new, {known} were there already."


async def _list(_chosen: argparse.Namespace, _run: "JobRun") -> str:
    from backend.domains import usdc  # noqa: PLC0415

    found = await usdc.to_pay()
    return "\n".join(map(_line, found)) or "Nothing is to be paid."


async def _approve(chosen: argparse.Namespace, run: "JobRun") -> str:
    from backend.domains import usdc  # noqa: PLC0415

    return _line(await usdc.approve(run, chosen.id, chosen.by))


async def _execute(chosen: argparse.Namespace, run: "JobRun") -> str:
    from backend.domains import usdc  # noqa: PLC0415
    from backend.integrations.chain import read_transaction_hash  # noqa: PLC0415

    tx_hash = read_transaction_hash(chosen.tx)
    return _line(await usdc.execute(run, chosen.id, tx_hash, chosen.by))


async def _refuse(chosen: argparse.Namespace, run: "JobRun") -> str:
    from backend.domains import usdc  # noqa: PLC0415

    return _line(await usdc.refuse(run, chosen.id, chosen.reason, chosen.by))


async def _sweep(chosen: argparse.Namespace, run: "JobRun") -> str:
    from backend.domains import usdc  # noqa: PLC0415
    from backend.integrations.chain import read_transaction_hash  # noqa: PLC0415
    from backend.integrations.ethereum_address import read_address  # noqa: PLC0415

    address, tx_hash = read_address(chosen.address), read_transaction_hash(chosen.tx)
    if chosen.gone:
        await usdc.take_sweep_back(run, address, tx_hash, chosen.by)
        return f"The sweep of {address} counts no more."
    if chosen.amount is None:
        raise usdc.NotPossible("Say how much was moved out, in millionths.")
    is_new = await usdc.sweep(run, address, chosen.amount, tx_hash, chosen.by)
    return f"{usdc.in_words(chosen.amount)} {'are' if is_new else 'were already'} noted as swept."


async def _report(_chosen: argparse.Namespace, _run: "JobRun") -> str:
    import msgspec  # noqa: PLC0415

    from backend.domains import usdc  # noqa: PLC0415

    text = msgspec.json.encode(await usdc.report())
    return msgspec.json.format(text, indent=2).decode()


def _line(withdrawal: "Withdrawal") -> str:
    """Write a withdrawal in a line."""
    from backend.domains.usdc import in_words  # noqa: PLC0415

    said = (
        str(withdrawal.id),
        f"{withdrawal.status:9}",
        in_words(withdrawal.amount_micros),
        f"to {withdrawal.address} on chain {withdrawal.chain_id}",
        withdrawal.tx_hash or "",
        withdrawal.reason or "",
    )
    return "  ".join(part for part in said if part)
