#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# hunt.sh FOLDER SHARDS HOST,HOST... [HUNT-OPTION...]: a campaign of SHARDS
# shards in FOLDER, which all hosts see, one process a core.  ":" is this host.
# parallel(1) starts a shard again whose host was lost; it goes on where it was.
folder=$1 shards=$2 hosts=$3
shift 3
seq 0 $((shards - 1)) | parallel --sshlogin "$hosts" --retries 3 \
    "${PMAPSIM:-pmapsim}" hunt --quiet --campaign "$folder" \
    --shard "{}/$shards" "$@"
