#!/bin/sh
# Makes Temporal's two databases and brings their schema up to date. Every step does nothing where it was done before, so
# this runs at each start. The password is taken from SQL_PASSWORD.
set -eu

setup() {
	database=$1
	schema=$2
	tool="temporal-sql-tool --plugin postgres12 --ep $POSTGRES_SEEDS -p ${DB_PORT:-5432} -u $POSTGRES_USER --db $database"
	$tool create
	$tool setup-schema -v 0.0
	$tool update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
}

setup temporal temporal
setup temporal_visibility visibility
