#!/bin/sh
# Makes the two roles and the database, once, when the volume is new: one role owns and migrates,
# the other works and may change nothing that is to stay as it was written.
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
    --set=owner_password="$TANDEM_OWNER_PASSWORD" --set=app_password="$TANDEM_APP_PASSWORD" <<'SQL'
CREATE ROLE tandem_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE tandem_app LOGIN PASSWORD :'app_password';
CREATE DATABASE tandem OWNER tandem_owner;
\connect tandem
REVOKE ALL ON DATABASE tandem FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE tandem TO tandem_app;
ALTER SCHEMA public OWNER TO tandem_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tandem_app;
SQL
