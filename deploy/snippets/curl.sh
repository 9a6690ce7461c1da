#!/bin/sh
# One event with curl. TOUCHPULSE_URL such as https://touchpulse.example.org, TOUCHPULSE_KEY from `touchpulse keys make`.
# The same event_id with each attempt: however often it arrives, it counts once. --retry waits as Retry-After says.
set -eu
id=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)

curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused \
  "$TOUCHPULSE_URL/v1/touchpoints" \
  --header "Authorization: Bearer $TOUCHPULSE_KEY" \
  --header "Content-Type: application/json" \
  --data @- <<EVENT
{
  "kind": "csat",
  "event_id": "$id",
  "occurred_at": "$now",
  "channel": "store",
  "touchpoint": "checkout",
  "score": 4,
  "scale": "1-5"
}
EVENT
