#!/bin/sh
# Run by the image when it creates its cluster: a role that owns the database and may create roles (migrations make the
# gateway's), and nothing more. The superuser is for people.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/postgres_owner_password)" --username=postgres <<'SQL'
CREATE ROLE infoscreen LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE infoscreen OWNER infoscreen;
SQL
