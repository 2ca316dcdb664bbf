"""Posting: the one way by which money moves."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Posting"

APPLY = """
-- Writes transfers and moves the counters of the accounts with a floor; says what these are now.
-- Raises unique_violation or TL001 when anything is not as it must be; then nothing has been done
-- if the caller catches it. Every array has one element a transfer, or is NULL where all are NULL.
--
-- Accounts are updated in the order of their ids, so that two batches never wait in a circle: the
-- plan goes through what is moved, which is sorted, and looks the accounts up one after the other.
-- A plan that could do it in another order is ruled out.
CREATE FUNCTION ledger_apply(
    ids uuid[], debits uuid[], credits uuid[], amounts bigint[], releases bigint[], assets text[],
    phases text[], pendings uuid[], expiries timestamptz[], reasons text[], refs text[],
    ats timestamptz[], skipped boolean[])
RETURNS TABLE (account_id uuid, owner_id uuid, asset text,
               posted_minor bigint, held_minor bigint, version bigint)
LANGUAGE plpgsql
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
DECLARE
    resolved integer;
BEGIN
    RETURN QUERY
    WITH put AS (
        INSERT INTO transfer AS t (id, debit_account_id, credit_account_id, amount_minor,
            released_minor, asset, phase, pending_id, expires_at, reason, reference, created_at)
        SELECT g.id, g.debit, g.credit, g.amount, g.release, g.asset, coalesce(g.phase, 'posted'),
               g.pending, g.expires_at, g.reason, g.reference, g.at
        FROM unnest(ids, debits, credits, amounts, releases, assets, phases, pendings, expiries,
                    reasons, refs, ats, skipped)
             AS g(id, debit, credit, amount, release, asset, phase, pending, expires_at,
                  reason, reference, at, is_skipped)
        WHERE g.is_skipped IS NOT TRUE
        RETURNING t.debit_account_id, t.credit_account_id, t.amount_minor, t.released_minor,
                  t.asset, t.phase
    ), side AS (
        SELECT credit_account_id AS id, asset,
               0::bigint AS debited, 0::bigint AS debit_held,
               CASE phase WHEN 'posted' THEN amount_minor WHEN 'post' THEN amount_minor
                          ELSE 0 END AS credited,
               CASE phase WHEN 'posted' THEN 0 WHEN 'pending' THEN amount_minor
                          ELSE -released_minor END AS credit_held
        FROM put
        UNION ALL
        SELECT debit_account_id, asset,
               CASE phase WHEN 'posted' THEN amount_minor WHEN 'post' THEN amount_minor
                          ELSE 0 END,
               CASE phase WHEN 'posted' THEN 0 WHEN 'pending' THEN amount_minor
                          ELSE -released_minor END,
               0, 0
        FROM put
    ), moved AS MATERIALIZED (
        SELECT id, asset, sum(debited)::bigint AS debited, sum(debit_held)::bigint AS debit_held,
               sum(credited)::bigint AS credited, sum(credit_held)::bigint AS credit_held
        FROM side GROUP BY id, asset ORDER BY id
    ), updated AS (
        UPDATE account AS a
        SET debits_posted = a.debits_posted + m.debited,
            debits_pending = a.debits_pending + m.debit_held,
            credits_posted = a.credits_posted + m.credited,
            credits_pending = a.credits_pending + m.credit_held,
            version = a.version + 1
        FROM moved AS m
        WHERE a.id = m.id AND a.asset = m.asset AND m.id > '00000000-0000-0000-ffff-ffffffffffff'
        RETURNING a.id, a.owner_id, a.asset::text, a.credits_posted - a.debits_posted,
                  a.debits_pending, a.version
    ), house AS (
        SELECT count(*) AS found FROM moved AS m
        JOIN account AS a ON a.id = m.id AND a.asset = m.asset
        WHERE m.id <= '00000000-0000-0000-ffff-ffffffffffff'
    )
    SELECT NULL, NULL, ledger_differs('an account'), NULL, NULL, NULL
    WHERE (SELECT count(*) FROM moved)
       <> (SELECT count(*) FROM updated) + (SELECT found FROM house)
    UNION ALL
    SELECT * FROM updated;

    IF phases IS NOT NULL THEN
        INSERT INTO hold (id, expires_at)
        SELECT g.id, g.expires_at
        FROM unnest(ids, phases, expiries, skipped) AS g(id, phase, expires_at, is_skipped)
        WHERE g.phase = 'pending' AND g.is_skipped IS NOT TRUE;
    END IF;
    IF pendings IS NOT NULL THEN
        DELETE FROM hold WHERE id = ANY (pendings);
        GET DIAGNOSTICS resolved = ROW_COUNT;
        IF resolved <> cardinality(array_remove(pendings, NULL)) THEN
            PERFORM ledger_differs('a hold');
        END IF;
    END IF;
END $$;

CREATE FUNCTION ledger_differs(what text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is not as it must be', what USING ERRCODE = 'TL001';
END $$;

-- Takes from the allowances as much as is wanted and left, in the order of their keys. Says which
-- transfers are to be left out (NULL: none), because they are known or got nothing, and whether
-- any key gave less than was wanted and more than nothing.
CREATE FUNCTION ledger_take(
    cap_keys text[], cap_maxes integer[], known boolean[],
    OUT left_out boolean[], OUT is_partial boolean)
LANGUAGE plpgsql AS $$
DECLARE
    is_short boolean;
    keys text[];
    grants integer[];
BEGIN
    left_out := known;
    is_partial := false;
    WITH wanted AS MATERIALIZED (
        SELECT g.key, count(*)::integer AS number, min(g.cap_max) AS cap_max
        FROM unnest(cap_keys, cap_maxes, known) AS g(key, cap_max, is_known)
        WHERE g.key IS NOT NULL AND g.is_known IS NOT TRUE
        GROUP BY g.key ORDER BY g.key
    ), put AS (
        INSERT INTO allowance AS a (key, taken, taken_max, granted_last)
        SELECT w.key, least(w.number, w.cap_max), w.cap_max, least(w.number, w.cap_max)
        FROM wanted AS w WHERE w.cap_max > 0
        ON CONFLICT (key) DO UPDATE
            SET taken = a.taken + least(excluded.taken, excluded.taken_max - a.taken),
                granted_last = least(excluded.taken, excluded.taken_max - a.taken),
                taken_max = excluded.taken_max
            WHERE a.taken < excluded.taken_max
        RETURNING a.key, a.granted_last
    )
    SELECT w.number > p.granted, p.keys, p.grants INTO is_short, keys, grants
    FROM (SELECT coalesce(sum(number), 0) AS number FROM wanted) AS w,
         (SELECT coalesce(sum(granted_last), 0) AS granted, array_agg(key) AS keys,
                 array_agg(granted_last) AS grants FROM put) AS p;
    IF is_short THEN
        SELECT array_agg(r.is_known OR r.rank > r.granted ORDER BY r.place),
               bool_or(r.rank > r.granted AND r.granted > 0)
        INTO left_out, is_partial
        FROM (
            SELECT g.place, coalesce(g.is_known, false) AS is_known,
                   CASE WHEN g.key IS NULL THEN 0
                        ELSE count(*) FILTER (WHERE g.is_known IS NOT TRUE)
                             OVER (PARTITION BY g.key ORDER BY g.place) END AS rank,
                   coalesce(p.granted, 0) AS granted
            FROM unnest(cap_keys, known) WITH ORDINALITY AS g(key, is_known, place)
            LEFT JOIN unnest(keys, grants) AS p(key, granted) ON p.key = g.key
        ) AS r;
    END IF;
END $$;
"""

POST = """
-- Posts a batch of transfers. `turns` and `steps` say which command of whose turn wants each;
-- the transfers of one step are linked: they succeed or fail together.
--
-- Returns a row for every account with a floor that was moved (`code` is NULL), or, when anything
-- fails, only the earliest failure of every turn, with nothing done.
-- Optional transfers (awards) that exist already, or go beyond their cap, are left out silently.
-- Those of them that may well exist are marked `repeatable`: they are looked up at once.
CREATE FUNCTION ledger_post(
    turns integer[], steps integer[], ids uuid[], debits uuid[], credits uuid[], amounts bigint[],
    assets text[], phases text[], pendings uuid[], expiries timestamptz[], reasons text[],
    refs text[], ats timestamptz[], optionals boolean[], cap_keys text[], cap_maxes integer[],
    repeatables boolean[])
RETURNS TABLE (turn integer, step integer, code text, facts jsonb, account_id uuid, owner_id uuid,
               asset text, posted_minor bigint, held_minor bigint, version bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    releases bigint[];
    is_careful boolean;
    is_surprised boolean := false;
    has_copies boolean := false;
    is_partial boolean := false;
    known boolean[];
    skipped boolean[];
    failures jsonb;
BEGIN
    -- The roll-up relies on it: whoever takes a number has a transaction id before.
    PERFORM pg_current_xact_id();
    IF pendings IS NOT NULL THEN
        SELECT f.filled_debits, f.filled_credits, f.filled_amounts, f.releases, f.filled_assets
        INTO debits, credits, amounts, releases, assets
        FROM ledger_fill_in(ids, debits, credits, amounts, assets, phases, pendings) AS f;
    END IF;
    -- Only who pays from an account with a floor, or touches a hold, can be refused for good
    -- reason. All others are posted at once, and looked at when that meets a surprise.
    is_careful := pendings IS NOT NULL OR EXISTS (
        SELECT FROM unnest(debits) AS d WHERE d > '00000000-0000-0000-ffff-ffffffffffff');
    IF repeatables IS NOT NULL THEN
        -- Whoever wants the same award waits here, before anything else is locked, and then sees it.
        PERFORM pg_advisory_xact_lock(1819632487, w.place) FROM (
            SELECT DISTINCT uuid_hash(g.id) & 65535 AS place
            FROM unnest(ids, repeatables) AS g(id, is_repeatable)
            WHERE g.is_repeatable ORDER BY place
        ) AS w;
        SELECT k.known, k.has_copies INTO known, has_copies FROM ledger_known(ids, repeatables) AS k;
    END IF;
    FOR attempt IN 1..2 LOOP
        IF is_surprised THEN
            SELECT k.known, k.has_copies INTO known, has_copies
            FROM ledger_known(ids, optionals) AS k;
        END IF;
        BEGIN
            skipped := known;
            -- Everybody locks in the same order: awards, allowances, accounts.
            IF cap_keys IS NOT NULL THEN
                SELECT t.left_out, t.is_partial INTO skipped, is_partial
                FROM ledger_take(cap_keys, cap_maxes, known) AS t;
            END IF;
            IF is_careful THEN
                PERFORM FROM account
                WHERE id = ANY (debits || credits) AND id > '00000000-0000-0000-ffff-ffffffffffff'
                ORDER BY id FOR UPDATE;
                failures := ledger_judge(
                    turns, steps, ids, debits, credits, amounts, releases, assets, phases, pendings,
                    expiries, ats, optionals, skipped, has_copies OR is_partial, is_surprised);
                IF failures IS NOT NULL THEN
                    RAISE EXCEPTION 'refused' USING ERRCODE = 'TL002';
                END IF;
            END IF;
            RETURN QUERY
            SELECT NULL::integer, NULL::integer, NULL, NULL::jsonb, a.*
            FROM ledger_apply(ids, debits, credits, amounts, releases, assets, phases, pendings,
                              expiries, reasons, refs, ats, skipped) AS a;
            RETURN;
        EXCEPTION
            WHEN SQLSTATE 'TL002' THEN
                -- What was taken from allowances on the way is given back with the block.
                RETURN QUERY
                SELECT f.turn, f.step, f.code, f.facts, NULL::uuid, NULL::uuid, NULL, NULL::bigint,
                       NULL::bigint, NULL::bigint
                FROM jsonb_to_recordset(failures)
                     AS f(turn integer, step integer, code text, facts jsonb);
                RETURN;
            WHEN unique_violation OR SQLSTATE 'TL001' THEN
                is_careful := true;
                is_surprised := true;
        END;
    END LOOP;
    -- What was seen has changed meanwhile; the whole batch again will see it.
    RAISE EXCEPTION 'transfers met others of the same moment' USING ERRCODE = '40001';
END $$;

-- Completes what post, void and expire leave to their hold: the two accounts, the asset, the
-- amount. Of a hold that cannot be found all of it stays NULL.
CREATE FUNCTION ledger_fill_in(
    ids uuid[], debits uuid[], credits uuid[], amounts bigint[], assets text[], phases text[],
    pendings uuid[])
RETURNS TABLE (filled_debits uuid[], filled_credits uuid[], filled_amounts bigint[],
               releases bigint[], filled_assets text[])
LANGUAGE sql AS $$
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(ids, debits, credits, amounts, assets, phases, pendings)
            WITH ORDINALITY AS g(id, debit, credit, amount, asset, phase, pending, place)
    ), held AS (
        SELECT g.place, t.debit_account_id AS debit, t.credit_account_id AS credit,
               t.amount_minor AS amount, t.asset, 0 AS held_at
        FROM given AS g JOIN transfer AS t ON t.id = g.pending AND t.phase = 'pending'
        UNION ALL
        SELECT g.place, h.debit, h.credit, h.amount, h.asset, h.place
        FROM given AS g JOIN given AS h
          ON h.id = g.pending AND h.phase = 'pending' AND h.place < g.place
    ), found AS (
        -- Of several that claim to be the hold, the first is; the others will be refused.
        SELECT DISTINCT ON (h.place) h.* FROM held AS h ORDER BY h.place, h.held_at
    )
    SELECT array_agg(coalesce(f.debit, g.debit) ORDER BY g.place),
           array_agg(coalesce(f.credit, g.credit) ORDER BY g.place),
           array_agg(coalesce(g.amount, f.amount) ORDER BY g.place),
           array_agg(f.amount ORDER BY g.place),
           array_agg(coalesce(f.asset, g.asset) ORDER BY g.place)
    FROM given AS g LEFT JOIN found AS f ON f.place = g.place
$$;

-- Finds those of the wanted transfers that exist, or stand in the batch before (NULL: none), and
-- says whether any does the latter.
CREATE FUNCTION ledger_known(
    ids uuid[], wanted boolean[], OUT known boolean[], OUT has_copies boolean)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT CASE WHEN bool_or(f.is_there OR f.is_copy)
                THEN array_agg(f.is_there OR f.is_copy ORDER BY f.place) END,
           coalesce(bool_or(f.is_copy), false)
    INTO known, has_copies
    FROM (
        SELECT g.place, t.id IS NOT NULL AS is_there,
               g.is_wanted IS TRUE AND row_number() OVER (PARTITION BY g.id ORDER BY g.place) > 1
               AS is_copy
        FROM unnest(ids, wanted) WITH ORDINALITY AS g(id, is_wanted, place)
        LEFT JOIN transfer AS t ON t.id = CASE WHEN g.is_wanted THEN g.id END
    ) AS f;
END $$;
"""


async def forwards() -> MigrationManager:
    """Make the functions that post."""
    manager = MigrationManager(migration_id=ID, app_name="ledger", description=DESCRIPTION)
    manager.add_raw(run_sql(APPLY))
    manager.add_raw(run_sql(POST))
    return manager
