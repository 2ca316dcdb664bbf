"""Opening wallets, and the balances of the house."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000003"
VERSION = "1.38.0"
DESCRIPTION = "Opening wallets and rolling up"

OPEN = """
-- Opens wallets that are not open yet. Every wallet begins empty, with a floor of nothing.
CREATE FUNCTION ledger_open_wallets(ids uuid[], owners uuid[], assets text[], at timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO account (id, owner_id, asset, purpose, floor_minor, opened_at)
    SELECT g.id, g.owner_id, g.asset, 'wallet', 0, ledger_open_wallets.at
    FROM unnest(ids, owners, assets) AS g(id, owner_id, asset)
    ORDER BY g.id
    ON CONFLICT (id) DO NOTHING
$$;
"""

ROLL_UP = """
-- How far the transfers of the house are summed up in its accounts.
CREATE TABLE roll_up (
    is_only      boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    rolled_to    bigint NOT NULL,
    settling_to  bigint NOT NULL CHECK (settling_to >= rolled_to),
    settling_xid xid8
);
INSERT INTO roll_up (rolled_to, settling_to) VALUES (0, 0);

-- What the house has of everything: what is summed up, and what has been posted since.
CREATE VIEW house_balance WITH (security_invoker = true) AS
WITH recent AS (
    SELECT side.id, sum(side.posted)::bigint AS posted
    FROM transfer AS t
    CROSS JOIN LATERAL (VALUES (t.credit_account_id, t.amount_minor),
                               (t.debit_account_id, -t.amount_minor)) AS side(id, posted)
    WHERE t.number > (SELECT rolled_to FROM roll_up)
      -- Says nothing new, but with it the planner knows that these are few.
      AND t.number <= (SELECT last_value FROM transfer_number_seq)
      AND t.phase IN ('posted', 'post') AND side.id <= '00000000-0000-0000-ffff-ffffffffffff'
    GROUP BY side.id
)
SELECT a.id AS account_id, a.asset, a.purpose,
       a.credits_posted - a.debits_posted + coalesce(r.posted, 0) AS posted_minor
FROM account AS a LEFT JOIN recent AS r ON r.id = a.id
WHERE a.id <= '00000000-0000-0000-ffff-ffffffffffff';

-- Adds the next transfers to the accounts of the house; returns how many numbers it went through.
--
-- A number may be taken and not be committed yet. So each call notes the last number taken, and
-- then a transaction id: whoever took such a number has a smaller one. A later call goes as far as
-- that, once every transaction below that id has ended.
CREATE FUNCTION ledger_roll_up(numbers_max bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    taken_to bigint;
    own_xid xid8;
    state roll_up;
    target bigint := 0;
BEGIN
    IF pg_current_xact_id_if_assigned() IS NOT NULL
       OR current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the roll-up must be a transaction of its own';
    END IF;
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO taken_to FROM transfer_number_seq;
    SELECT * INTO state FROM roll_up FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    own_xid := pg_current_xact_id();
    IF state.settling_xid <= pg_snapshot_xmin(pg_current_snapshot()) THEN
        target := least(state.settling_to, state.rolled_to + numbers_max);
        PERFORM ledger_add_to_house(state.rolled_to, target);
        UPDATE roll_up SET rolled_to = target;
    END IF;
    IF state.settling_xid IS NULL OR target = state.settling_to
       OR state.settling_xid > own_xid THEN  -- It was noted in another cluster, before a restore.
        UPDATE roll_up SET settling_to = taken_to, settling_xid = own_xid;
    END IF;
    RETURN greatest(target - state.rolled_to, 0);
END $$;

CREATE FUNCTION ledger_add_to_house(from_number bigint, to_number bigint) RETURNS void
LANGUAGE sql AS $$
    WITH side AS (
        SELECT s.id, t.phase, s.is_debit, t.amount_minor AS amount, t.released_minor AS released
        FROM transfer AS t
        CROSS JOIN LATERAL (VALUES (t.debit_account_id, true), (t.credit_account_id, false))
             AS s(id, is_debit)
        WHERE t.number > from_number AND t.number <= to_number
          AND s.id <= '00000000-0000-0000-ffff-ffffffffffff'
    ), moved AS (
        SELECT id,
               sum(amount) FILTER (WHERE is_debit AND phase IN ('posted', 'post')) AS debited,
               sum(amount) FILTER (WHERE NOT is_debit AND phase IN ('posted', 'post')) AS credited,
               sum(CASE phase WHEN 'pending' THEN amount ELSE -released END)
                   FILTER (WHERE is_debit AND phase <> 'posted') AS debit_held,
               sum(CASE phase WHEN 'pending' THEN amount ELSE -released END)
                   FILTER (WHERE NOT is_debit AND phase <> 'posted') AS credit_held
        FROM side GROUP BY id
    )
    UPDATE account AS a
    SET debits_posted = a.debits_posted + coalesce(m.debited, 0),
        credits_posted = a.credits_posted + coalesce(m.credited, 0),
        debits_pending = a.debits_pending + coalesce(m.debit_held, 0),
        credits_pending = a.credits_pending + coalesce(m.credit_held, 0),
        version = a.version + 1
    FROM moved AS m WHERE a.id = m.id
$$;

REVOKE ALL ON roll_up, house_balance FROM PUBLIC, tandem_app;
GRANT SELECT ON roll_up, house_balance, transfer_number_seq TO tandem_app;
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION ledger_post, ledger_fill_in, ledger_known, ledger_apply, ledger_take,
    ledger_differs, ledger_judge, ledger_short, ledger_looked_up, ledger_open_wallets,
    ledger_roll_up, ledger_add_to_house FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post, ledger_open_wallets, ledger_roll_up TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the functions that open wallets and sum up the house."""
    manager = MigrationManager(migration_id=ID, app_name="ledger", description=DESCRIPTION)
    manager.add_raw(run_sql(OPEN))
    manager.add_raw(run_sql(ROLL_UP))
    manager.add_raw(run_sql(GRANTS))
    return manager
