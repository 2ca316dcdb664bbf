"""Judging: which transfers of a batch must be refused, and why."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000002"
VERSION = "1.38.0"
DESCRIPTION = "Judging transfers"

JUDGE = """
-- Names what fails, in the order of the batch, the earliest of every turn. The accounts are locked.
-- Unless `everything` is to be looked at, only those turns are that touch a hold or an account which
-- could fall short. `is_contested` says that two of the batch wanted the same award or allowance.
--
-- The precedence of refusals is that of the CASE in ledger_looked_up; insufficient funds comes last.
CREATE FUNCTION ledger_judge(
    turns integer[], steps integer[], ids uuid[], debits uuid[], credits uuid[], amounts bigint[],
    releases bigint[], assets text[], phases text[], pendings uuid[], expiries timestamptz[],
    ats timestamptz[], optionals boolean[], skipped boolean[], is_contested boolean,
    everything boolean)
RETURNS jsonb LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    short uuid[];       -- the accounts that could fall short,
    available bigint[]; -- and what each has left
    moved integer[];    -- the accounts the current step has moved so far,
    moved_by bigint[];  -- and by how much
    found jsonb[];
    current_step integer;
    current_turn integer;
    failed_turn integer;
    code text;
    r record;
BEGIN
    SELECT array_agg(s.id), array_agg(s.available) INTO short, available
    FROM ledger_short(debits, amounts, pendings) AS s;
    IF short IS NULL AND pendings IS NULL AND NOT everything THEN
        RETURN NULL;
    END IF;

    FOR r IN
        SELECT * FROM ledger_looked_up(
            turns, steps, ids, debits, credits, amounts, releases, assets, phases, pendings,
            expiries, ats, optionals, skipped, short, everything) AS l
        ORDER BY l.place
    LOOP
        is_contested := is_contested OR r.is_contested;
        CONTINUE WHEN r.turn = failed_turn;
        IF r.is_surprise THEN
            PERFORM ledger_differs('an award');
        END IF;
        IF (r.turn, r.step) IS DISTINCT FROM (current_turn, current_step) THEN
            current_turn := r.turn;
            current_step := r.step;
            moved := '{}';
            moved_by := '{}';
        END IF;
        code := r.code;
        IF code IS NULL AND r.debit_by < 0 AND available[r.debit_no] < -r.debit_by THEN
            code := 'ledger.insufficient_funds';
        END IF;
        IF code IS NOT NULL THEN
            failed_turn := r.turn;
            found := found || jsonb_build_object(
                'turn', r.turn, 'step', r.step, 'code', code, 'facts', r.facts
                || jsonb_build_object('available_minor', available[r.debit_no]));
            FOR n IN 1 .. cardinality(moved) LOOP
                available[moved[n]] := available[moved[n]] - moved_by[n];
            END LOOP;
            CONTINUE;
        END IF;
        -- From here the transfer succeeds.
        IF r.debit_no IS NOT NULL THEN
            available[r.debit_no] := available[r.debit_no] + r.debit_by;
            moved := moved || r.debit_no;
            moved_by := moved_by || r.debit_by;
        END IF;
        IF r.credit_no IS NOT NULL THEN
            available[r.credit_no] := available[r.credit_no] + r.credit_by;
            moved := moved || r.credit_no;
            moved_by := moved_by || r.credit_by;
        END IF;
    END LOOP;

    IF is_contested THEN
        -- Two transfers of the batch wanted the same id, hold or allowance. Who of them gets it
        -- depends on who fails, so only the first failure is certain; the next try finds the rest.
        found := found[1:1];
    END IF;
    RETURN to_jsonb(found);
END $$;

-- The accounts that could not pay all the batch wants of them if nothing came in.
CREATE FUNCTION ledger_short(debits uuid[], amounts bigint[], pendings uuid[])
RETURNS TABLE (id uuid, available bigint) LANGUAGE sql STABLE AS $$
    SELECT a.id, a.credits_posted - a.debits_posted - a.debits_pending - a.floor_minor
    FROM (
        SELECT g.debit, sum(g.amount) AS amount
        FROM unnest(debits, amounts, pendings) AS g(debit, amount, pending)
        WHERE g.pending IS NULL AND g.debit > '00000000-0000-0000-ffff-ffffffffffff'
        GROUP BY g.debit
    ) AS wanted
    JOIN account AS a ON a.id = wanted.debit
    WHERE a.credits_posted - a.debits_posted - a.debits_pending - a.floor_minor < wanted.amount
$$;

-- Looks up all that can be said of the transfers concerned before their order comes in.
CREATE FUNCTION ledger_looked_up(
    turns integer[], steps integer[], ids uuid[], debits uuid[], credits uuid[], amounts bigint[],
    releases bigint[], assets text[], phases text[], pendings uuid[], expiries timestamptz[],
    ats timestamptz[], optionals boolean[], skipped boolean[], short uuid[], everything boolean)
RETURNS TABLE (place integer, turn integer, step integer, code text, facts jsonb,
               is_surprise boolean, is_contested boolean,
               debit_no integer, debit_by bigint, credit_no integer, credit_by bigint)
LANGUAGE sql STABLE AS $$
    WITH given AS MATERIALIZED (
        SELECT g.*, d.no::integer AS debit_no, c.no::integer AS credit_no,
               row_number() OVER (PARTITION BY g.id ORDER BY g.place) AS nth
        FROM unnest(turns, steps, ids, debits, credits, amounts, releases, assets, phases,
                    pendings, expiries, ats, optionals, skipped)
             WITH ORDINALITY
             AS g(turn, step, id, debit, credit, amount, release, asset, phase, pending, expires_at,
                  at, is_optional, is_skipped, place)
        LEFT JOIN unnest(short) WITH ORDINALITY AS d(id, no) ON d.id = g.debit
        LEFT JOIN unnest(short) WITH ORDINALITY AS c(id, no) ON c.id = g.credit
        WHERE g.is_skipped IS NOT TRUE
    ), concerned AS (
        SELECT * FROM given WHERE everything OR turn IN (
            SELECT turn FROM given
            WHERE pending IS NOT NULL OR debit_no IS NOT NULL OR credit_no IS NOT NULL)
    ), known AS (
        SELECT g.*,
               k.id IS NOT NULL OR g.nth > 1 AS is_known,
               k.id IS NULL AND g.nth > 1 AS is_copy,
               d.id IS NULL AS no_debit, c.id IS NULL AS no_credit,
               d.asset <> g.asset AS mixes_debit, c.asset <> g.asset AS mixes_credit,
               r.phase AS resolution,
               g.pending IS NOT NULL
               AND row_number() OVER (PARTITION BY g.pending ORDER BY g.place) > 1 AS is_second,
               h.id IS NULL AND g.release IS NOT NULL AS is_held_here,
               coalesce(h.expires_at, b.expires_at) AS held_until
        FROM concerned AS g
        LEFT JOIN transfer AS k ON k.id = g.id
        LEFT JOIN account AS d ON d.id = g.debit
        LEFT JOIN account AS c ON c.id = g.credit
        LEFT JOIN transfer AS h ON h.id = g.pending
        LEFT JOIN transfer AS r ON r.pending_id = g.pending
        LEFT JOIN given AS b
               ON b.id = g.pending AND b.nth = 1 AND b.phase = 'pending' AND b.place < g.place
    )
    SELECT k.place::integer, k.turn, k.step,
           CASE
               WHEN k.is_known THEN 'ledger.transfer_exists'
               WHEN k.pending IS NOT NULL AND k.release IS NULL THEN 'ledger.hold_unknown'
               WHEN k.no_debit OR k.no_credit THEN 'ledger.account_unknown'
               WHEN k.mixes_debit OR k.mixes_credit THEN 'ledger.assets_differ'
               WHEN k.resolution IS NOT NULL OR k.is_second THEN 'ledger.hold_resolved'
               WHEN k.phase = 'post' AND k.amount > k.release THEN 'ledger.hold_exceeded'
               WHEN k.phase = 'post' AND k.held_until <= k.at THEN 'ledger.hold_expired'
               WHEN k.phase = 'expire' AND (k.held_until <= k.at) IS NOT TRUE
                   THEN 'ledger.hold_not_due'
           END,
           jsonb_build_object(
               'transfer_id', k.id, 'hold_id', k.pending, 'asset', k.asset,
               'account_id', CASE WHEN k.no_debit THEN k.debit WHEN k.no_credit THEN k.credit
                                  WHEN k.mixes_debit THEN k.debit WHEN k.mixes_credit THEN k.credit
                                  ELSE k.debit END,
               'amount_minor', k.amount, 'held_minor', k.release, 'expires_at', k.held_until),
           coalesce(k.is_optional AND k.is_known, false),
           k.is_copy OR k.is_second OR k.is_held_here,
           k.debit_no,
           CASE WHEN k.pending IS NULL THEN -k.amount
                WHEN k.phase = 'post' THEN k.release - k.amount ELSE k.release END,
           k.credit_no,
           CASE WHEN coalesce(k.phase, 'posted') IN ('posted', 'post') THEN k.amount ELSE 0 END
    FROM known AS k
$$;
"""


async def forwards() -> MigrationManager:
    """Make the functions that judge."""
    manager = MigrationManager(migration_id=ID, app_name="ledger", description=DESCRIPTION)
    manager.add_raw(run_sql(JUDGE))
    return manager
