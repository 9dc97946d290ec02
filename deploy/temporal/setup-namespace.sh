#!/bin/sh
# Makes the namespace of Relance with its retention and search attributes, and adds the attributes that are missing in one
# that exists. TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read by the temporal command itself.
set -eu

attempts=${ATTEMPTS:-60}
pause=${PAUSE:-2} # seconds

# eventually COMMAND... repeats a command until it works: a new server, and a new namespace, take a moment to be known.
eventually() {
	attempt=1
	until output=$("$@" 2>&1); do
		if [ "$attempt" -ge "$attempts" ]; then
			echo "gave up after $attempts attempts: $*" >&2
			echo "$output" >&2
			exit 1
		fi
		attempt=$((attempt + 1))
		sleep "$pause"
	done
}

ensure_namespace() {
	temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
		temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 90d
}

eventually temporal operator cluster health
eventually ensure_namespace

# One line for each attribute that workflows/names.go sets. Creating one that exists does nothing.
while read -r name type; do
	eventually temporal operator search-attribute create --name "$name" --type "$type"
done <<'ATTRIBUTES'
CreditorId Keyword
DebtorId Keyword
InvoiceNumber Keyword
CaseStatus Keyword
Currency Keyword
AmountDue Double
DueDate Datetime
ATTRIBUTES

echo "namespace $TEMPORAL_NAMESPACE is ready"
