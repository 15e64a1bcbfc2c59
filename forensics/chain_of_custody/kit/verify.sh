#!/bin/sh
# Check a sealed case with what a computer has anyway: sh, awk, sed, find, sort, sha256sum and OpenSSL 3.
#
#     sh CASE/verify/verify.sh [CASE] [--key VKEY] [--head SIZE:ROOT]
#
# Prints numbered steps and exits with 0 if all hold, 4 if one fails, 2 if it cannot run here. It writes only into a
# temporary folder outside the case. README.txt says what the steps show, and what they do not show.

set -u
LC_ALL=C
export LC_ALL
umask 077

stop() { printf '%s\n' "$1" >&2; exit 2; }

folder=$(dirname -- "$0")/..
want_key='' want_head=''
while [ $# -gt 0 ]; do
    case $1 in
        --key) [ $# -ge 2 ] || stop "--key needs a value"; want_key=$2; shift ;;
        --head) [ $# -ge 2 ] || stop "--head needs SIZE:ROOT"; want_head=$2; shift ;;
        -*) stop "usage: verify.sh [CASE] [--key VKEY] [--head SIZE:ROOT]" ;;
        *) folder=$1 ;;
    esac
    shift
done

if command -v sha256sum >/dev/null; then sha256=sha256sum
elif command -v shasum >/dev/null; then sha256="shasum -a 256"
else stop "This needs sha256sum or shasum."; fi
case $(openssl version 2>/dev/null) in
    "OpenSSL "[3-9]*) ;;
    *) stop "This needs OpenSSL 3 or newer (LibreSSL will not do); verify.py needs only Python." ;;
esac
work=$(mktemp -d) || stop "no temporary folder"
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
CDPATH='' cd -- "$folder" || stop "$folder is no folder"

fail() { printf '%s: %s\n' "$2" "$3" >>"$work/defects.$1"; }   # step, place, what
fails() { while IFS= read -r line; do fail "$1" "$line" "$2"; done; }   # the same for every line of input
hex() { od -An -v -tx1 "$@" | tr -d ' \n'; }
digest() { $sha256 "$@" | cut -c1-64; }
plain() { [ -f "$1" ] && [ ! -L "$1" ]; }

# 1. Plain files and folders only; every name that a record could not hold is an extra file (step 9).
find . ! -type f ! -type d >"$work/kinds" 2>"$work/errors"
find . ! -name . -name '*[!A-Za-z0-9._+=@,~-]*' >"$work/odd" 2>>"$work/errors"
find . -type f | sed 's|^\./||' | sort >"$work/files"
find . -type d ! -name . | sed 's|^\./||' | sort >"$work/folders"
tr -c '[:print:]\n' '?' <"$work/kinds" | fails 1 "is neither a file nor a folder"
tr -c '[:print:]\n' '?' <"$work/errors" | fails 1 "cannot be listed"
tr -c '[:print:]\n' '?' <"$work/odd" | fails 9 "is not sealed"

# 2. Every line has the outer form of a record. (Whether it is canonical JSON inside, only verify.py can say.)
log=$work/log
: >"$log"
if plain custody.jsonl && cat custody.jsonl >"$log" 2>/dev/null; then :; else
    fail 2 custody.jsonl "cannot be read"
fi
size=$(awk 'END { print NR }' "$log")
[ "$size" -gt 0 ] || fail 2 custody.jsonl "there is no record"
[ "$(tail -c 1 "$log" | hex)" = 0a ] || fail 2 "custody.jsonl line $size" "the line has no line feed at its end"
[ "$(tr -d '\n\040-\377' <"$log" | wc -c)" -eq 0 ] || fail 2 custody.jsonl "there is a control character"
awk -v fields="$work/fields" -v outs="$work/outs" '
    function bad(what) { print "custody.jsonl line " NR ": " what }
    BEGIN {
        count = split("case.open case.close key.add key.revoke owner.declare evidence.ingest evidence.verify evidence.access " \
            "working_copy.create lookup.plan lookup.query lookup.answer lookup.import registry.load analysis.run " \
            "finding.review report.render report.sign export.create share.release disclosure.redact transfer.offer " \
            "transfer.accept timestamp.receive witness.receive proof.create note recovery seal " \
            "examiner.add examiner.rotate examiner.revoke", list, " ")
        for (i = 1; i <= count; i++) known[list[i]] = 1
    }
    {
        if (length($0) > 65534) bad("the line is longer than 65535 bytes")
        if ($0 !~ /^\{"action":"[a-z_.]+","actor":"key:[0-9a-f]+",/ ||
            $0 !~ /\},"time":"[-0-9T:]+Z",("tool":\{.*\},)?"v":1\}$/) bad("the line is not a record")
        split($0, part, "\"")
        action = part[4]; actor = part[8]
        if (length(actor) != 36) bad("the actor is no key fingerprint")
        if (!(action in known)) bad("the action is not in the closed list")
        at = index($0, "\"prev\":\"")
        prev = substr($0, at + 8, 64)
        rest = substr($0, at + 73)
        seq = rest
        sub(/^,("reason":"([^"\\]|\\.)*",)?"seq":/, "", seq)
        sig = "-"
        if (seq ~ /^[0-9]+,"sig":"U1NIU0lH[A-Za-z0-9+\/]+=*","subject":\{/) {
            sig = seq; sub(/^[0-9]+,"sig":"/, "", sig); sub(/".*/, "", sig); sub(/,"sig":"[^"]*"/, "", seq)
        }
        sub(/,"subject":\{.*/, "", seq)
        if (!at || length(prev) != 64 || prev ~ /[^0-9a-f]/ || seq !~ /^[0-9]+$/) { bad("prev or seq is malformed"); seq = "?" }
        vkey = "-"
        if (action == "case.open" || action == "key.add" || action == "key.revoke") {
            if (split($0, piece, "\"vkey\":\"") != 2) bad("there is not exactly one vkey")
            else { vkey = piece[2]; sub(/".*/, "", vkey) }
            if (vkey == "" || vkey ~ /[^A-Za-z0-9._~:\/@+=-]/) vkey = "-"
        }
        print NR, seq, prev, action, actor, vkey, sig > fields
        before = substr($0, 1, at - 1)   # action, actor, authority, gone, out: of these only the last two hold lists
        at = index(before, "\"out\":[{\"bytes\":")
        if (at) {
            text = substr(before, at + 8); sub(/\}\],$/, "", text)
            count = split(text, entry, "[}],[{]")
            for (i = 1; i <= count; i++) {
                split(entry[i], part, "\"")
                bytes = part[3]; gsub(/[:,]/, "", bytes)
                print NR, "out", part[6], bytes, part[10] > outs
            }
        }
        at = index(before, "\"gone\":[\"")
        if (at) {
            text = substr(before, at + 9); sub(/"\],.*/, "", text)
            count = split(text, entry, "\",\"")
            for (i = 1; i <= count; i++) print NR, "gone", entry[i], "-", "-" > outs
        }
    }' "$log" >"$work/shape"
touch "$work/fields" "$work/outs"
sed 's/: /\t/' "$work/shape" | while IFS='	' read -r where what; do fail 2 "$where" "$what"; done

# 3. Numbers, and the SHA-256 of every line with its line feed.
mkdir "$work/lines" "$work/leaves" "$work/nodes" "$work/keys"
awk -v d="$work" '{ f = sprintf("%s/lines/%09d", d, NR); print > f; close(f) }' "$log"
hash_all() { (cd "$1" && printf '%s\n' * | xargs -n 1000 $sha256) | cut -c1-64; }   # every file of a folder, by name
: >"$work/digests"
: >"$work/level.0"
if [ "$size" -gt 0 ]; then
    hash_all "$work/lines" >"$work/digests"
    awk '
        FILENAME == ARGV[1] { hash[FNR] = $1; next }
        $2 != FNR - 1 { print "custody.jsonl line " FNR "\tthe record is numbered " $2 ", not " FNR - 1 }
        $3 != (FNR == 1 ? sprintf("%064d", 0) : hash[FNR - 1]) {
            print "custody.jsonl line " FNR "\tprev is not the SHA-256 of the line before" }
    ' "$work/digests" "$work/fields" >"$work/chain"
    while IFS='	' read -r where what; do fail 3 "$where" "$what"; done <"$work/chain"

    # The Merkle tree: leaf = SHA-256(00 line), node = SHA-256(01 left right). level.K holds the complete subtrees of
    # 2^K leaves; a shell script of printf lines makes the inputs, because printf is built in and costs no process.
    awk -v d="$work" 'BEGIN { q = "\047" } { printf "printf %s\\000%s >%s%s/leaves/%09d%s\n", q, q, q, d, NR, q }' "$log" >"$work/script"
    . "$work/script"
    awk -v d="$work" '{ f = sprintf("%s/leaves/%09d", d, NR); print >> f; close(f) }' "$log"
    hash_all "$work/leaves" >"$work/level.0"
fi
k=0
while [ "$(awk 'END { print NR }' "$work/level.$k")" -gt 1 ]; do
    rm -rf "$work/nodes" && mkdir "$work/nodes"
    awk -v d="$work" '
        BEGIN { q = "\047"; for (i = 0; i < 256; i++) octal[sprintf("%02x", i)] = sprintf("\\0%03o", i) }
        function bytes(text,   i, all) { for (i = 1; i < 64; i += 2) all = all octal[substr(text, i, 2)]; return all }
        NR % 2 { left = $1; next }
        { printf "printf %%b %s\\0001%s%s%s >%s%s/nodes/%09d%s\n", q, bytes(left), bytes($1), q, q, d, NR / 2, q }
    ' "$work/level.$k" >"$work/script"
    . "$work/script"
    k=$((k + 1))
    hash_all "$work/nodes" >"$work/level.$k"
done

root_at() {   # the root over the first $1 lines: the complete subtrees that make up the number, joined from the right
    rest=$1 level=0 root=''
    while [ "$rest" -gt 0 ]; do
        if [ $((rest & 1)) -eq 1 ]; then
            peak=$(sed -n "${rest}p" "$work/level.$level")
            if [ -z "$root" ]; then root=$peak; else
                root=$(printf '%b' "\\0001$(printf '%s%s' "$peak" "$root" | to_octal)" | digest)
            fi
        fi
        rest=$((rest >> 1)) level=$((level + 1))
    done
    printf '%s' "$root"
}
to_octal() {
    awk 'BEGIN { for (i = 0; i < 256; i++) octal[sprintf("%02x", i)] = sprintf("\\0%03o", i) }
        { for (i = 1; i < length($0); i += 2) printf "%s", octal[substr($0, i, 2)] }'
}
to_raw() { read -r word || [ -n "$word" ]; printf '%b' "$(printf '%s' "$word" | to_octal)"; }
actor_at() { awk -v n="$1" 'NR == n { print $5 }' "$work/fields"; }

# 4. Keys: NAME+ID+base64(01 KEY). The log says which there are; keys/ and trust.policy must say the same.
: >"$work/known"
origin=''
read_key() {   # sets id and actor of a verifier key, or returns 1
    name=${1%%+*}; rest=${1#*+}; id=${rest%%+*}; encoded=${rest#*+}
    case $name in ''|*[!A-Za-z0-9._~:/@-]*) return 1 ;; esac
    [ ${#name} -le 200 ] || return 1
    printf '%s' "$encoded" | openssl base64 -d -A >"$work/raw" 2>/dev/null
    [ "$(openssl base64 -A -in "$work/raw")" = "$encoded" ] || return 1
    case $(hex "$work/raw") in 01*) ;; *) return 1 ;; esac
    [ "$(wc -c <"$work/raw")" -eq 33 ] || return 1
    [ "$({ printf '%s\n' "$name"; cat "$work/raw"; } | digest | cut -c1-8)" = "$id" ] || return 1
    tail -c 32 "$work/raw" >"$work/public"
    actor=key:$(digest "$work/public" | cut -c1-32)
}
read_witness() {   # sets name, id and kind of the key of a witness (04: Ed25519, 06: ML-DSA-44), or returns 1
    name=${1%%+*}; rest=${1#*+}; id=${rest%%+*}; encoded=${rest#*+}
    case $name in ''|*[!A-Za-z0-9._~:/@-]*) return 1 ;; esac
    [ ${#name} -le 200 ] || return 1
    printf '%s' "$encoded" | openssl base64 -d -A >"$work/raw" 2>/dev/null
    [ "$(openssl base64 -A -in "$work/raw")" = "$encoded" ] || return 1
    kind=$(hex "$work/raw" | cut -c1-2)
    case $kind:$(wc -c <"$work/raw" | tr -d ' ') in 04:33|06:1313) ;; *) return 1 ;; esac
    [ "$({ printf '%s\n' "$name"; cat "$work/raw"; } | digest | cut -c1-8)" = "$id" ] || return 1
    tail -c +2 "$work/raw" >"$work/public"
}
while read -r line _ _ action _ vkey _; do
    case $action in case.open|key.add|key.revoke) ;; *) continue ;; esac
    if ! read_key "$vkey"; then fail 4 "custody.jsonl line $line" "no verifier key"; continue; fi
    if [ "$action" = key.revoke ]; then printf '%s revoke %s\n' "$line" "$actor" >>"$work/events"; continue; fi
    origin=${origin:-$name}
    [ "$name" = "$origin" ] || fail 4 "custody.jsonl line $line" "the key is not named by the origin"
    grep -q -e "^$id " -e " $actor " "$work/known" && fail 4 "custody.jsonl line $line" "the key is in the case already"
    printf '%s add %s\n' "$line" "$actor" >>"$work/events"
    printf '%s %s %s\n' "$id" "$actor" "$vkey" >>"$work/known"
    printf '%s\n' "$vkey" >"$work/keys/$id.pub"
    {
        echo "-----BEGIN PUBLIC KEY-----"
        { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat "$work/public"; } | openssl base64 -A
        printf '\n%s\n' "-----END PUBLIC KEY-----"
    } >"$work/keys/$id.pem"
done <"$work/fields"
touch "$work/events"
awk -v ACTIVE="$work/active" '
    FILENAME == ARGV[1] { kind[$1] = $2; about[$1] = $3; next }
    {
        if (FNR == 1 && ($4 != "case.open" || about[1] != $5)) print $1 "\tthe case is not opened by its first key"
        if (FNR > 1 && $4 == "case.open") print $1 "\tthe case is opened twice"
        if (kind[FNR] == "revoke" && (!(about[FNR] in active) || about[FNR] == $5)) print $1 "\tthe key cannot be revoked"
        if (FNR > 1 && !($5 in active)) print $1 "\tthe actor is no active key of the case"
        if (kind[FNR] == "add") active[about[FNR]] = 1
        if (kind[FNR] == "revoke") delete active[about[FNR]]
    }
    END { for (actor in active) print actor > ACTIVE }
' "$work/events" "$work/fields" >"$work/actors"
touch "$work/active"
while IFS='	' read -r line what; do fail 4 "custody.jsonl line $line" "$what"; done <"$work/actors"
{
    while read -r id actor vkey; do
        grep -q "^$actor\$" "$work/active" && printf 'log %s\n' "$vkey"
    done <"$work/known"
} >"$work/policy"
same() { { plain "$2" && cmp -s "$1" "$2"; } || fail 4 "$2" "does not say what the log says"; }
if plain trust.policy && head -c "$(wc -c <"$work/policy")" trust.policy | cmp -s - "$work/policy" &&
    [ "$(tail -c 1 trust.policy | hex)" = 0a ]; then   # then witnesses, groups of what stands before, one quorum
    tail -c "+$(($(wc -c <"$work/policy") + 1))" trust.policy >"$work/tail"
    awk '
        function bad() { wrong = 1 }
        done || $0 !~ /^[!-~]+( [!-~]+)+$/ { bad() }
        { for (i = 1; i <= NF; i++) if (length($i) > 200 && !($1 == "witness" && i == 3)) bad() }
        $1 == "quorum" { if (NF != 2 || (!($2 in names) && $2 != "none")) bad(); done = 1; next }
        NF < 3 || ($2 in names) || $2 ~ /^(none|any|all)$/ { bad() }
        $1 == "witness" {
            key = $3; sub(/^[^+]*[+][^+]*[+]/, "", key)
            if (NF > 4 || (key in keys) || ++count > 32) bad()
            keys[key] = names[$2] = 1; print $3 > VKEYS; next
        }
        $1 == "group" {
            k = $3 == "any" ? 1 : $3 == "all" ? NF - 3 : $3
            if (k !~ /^[1-9][0-9]?$/ || k > NF - 3) bad()
            for (i = 4; i <= NF; i++) { if (!($i in names) || ($i in member) || ++members > 64) bad(); member[$i] = 1 }
            names[$2] = 1; next
        }
        { bad() }
        END { if (wrong || !done) exit 1 }
    ' VKEYS="$work/vkeys" "$work/tail" || fail 4 trust.policy "the policy is malformed"
    [ "$(tr -d '\n\040-\176' <"$work/tail" | wc -c)" -eq 0 ] || fail 4 trust.policy "the policy is malformed"
    touch "$work/vkeys"
    while read -r vkey; do read_witness "$vkey" || fail 4 trust.policy "no key of a witness"; done <"$work/vkeys"
else
    fail 4 trust.policy "does not say what the log says"
fi
while read -r id actor vkey; do
    same "$work/keys/$id.pub" "keys/$id.pub"
    same "$work/keys/$id.pem" "keys/$id.pem"
done <"$work/known"

# 4, continued. People: examiner.add, .rotate and .revoke keep a register; "sig" is an SSH signature over the line without
# it. Here ssh-keygen checks it, if there is one. people: KEY (kind:base64) NAME STATE COMMITMENT, in order.
: >"$work/people"
note=''
member() {   # the text of a member of a flat subject, empty if it is not there exactly once
    awk -v n="$1" -v m="\"$2\":\"" 'NR == n {
        text = substr($0, index($0, ",\"subject\":{") + 11); text = substr(text, 1, index(text, "},\"time\":\""))
        if (split(text, part, m) == 2) { sub(/".*/, "", part[2]); print part[2] }
    }' "$log"
}
flat() {   # whether the subject of a line holds texts of known names only
    awk -v n="$1" -v names="$2" 'NR == n {
        text = substr($0, index($0, ",\"subject\":{") + 12); text = substr(text, 1, index(text, "},\"time\":\"") - 1)
        gsub("\"(by|key|name|" names ")\":\"([^\"\\\\]|\\\\.)*\",?", "", text)
        exit text == "" ? 0 : 1
    }' "$log"
}
state_of() { awk -v key="$1" '$1 == key { print $3 }' "$work/people"; }
name_of() { awk -v key="$1" '$1 == key { print $2 }' "$work/people"; }
active_of() { awk -v name="$1" '$2 == name && $3 == "active" { print $1, $4 }' "$work/people"; }
set_state() { awk -v key="$1" -v to="$2" '$1 == key { $3 = to } { print }' "$work/people" >"$work/changed" && mv "$work/changed" "$work/people"; }
said_by() { awk -v n="$1" -v by="\"by\":\"$2\"" 'NR == n { exit index($0, by) ? 0 : 1 }' "$log"; }
check_signature() {   # line, sig: sets by (kind:base64 of the key that signed), or returns 1
    printf '%s' "$2" | openssl base64 -d -A >"$work/sig" 2>/dev/null
    [ "$(openssl base64 -A -in "$work/sig")" = "$2" ] || return 1
    length=$((0x0$(tail -c +11 "$work/sig" | head -c 4 | hex)))
    tail -c +15 "$work/sig" | head -c "$length" >"$work/blob"
    kind=$(tail -c +5 "$work/blob" | head -c $((0x0$(head -c 4 "$work/blob" | hex))) | tr -cd 'a-z0-9-')
    case $kind in ssh-ed25519|ecdsa-sha2-nistp256) ;; *) return 1 ;; esac
    by=$kind:$(openssl base64 -A -in "$work/blob")
    if ! command -v ssh-keygen >/dev/null; then
        note="signatures of people were NOT checked here, because there is no ssh-keygen; verify.py checks them"
        return 0
    fi
    awk -v n="$1" -v sig="\"sig\":\"$2\"," 'NR == n { at = index($0, sig); print substr($0, 1, at - 1) substr($0, at + length(sig)) }' \
        "$log" >"$work/said"
    { echo "-----BEGIN SSH SIGNATURE-----"; printf '%s\n' "$2" | fold -w 70; echo "-----END SSH SIGNATURE-----"; } >"$work/armour"
    printf 'x %s %s\n' "$kind" "${by#*:}" >"$work/allowed_signer"
    ssh-keygen -Y verify -f "$work/allowed_signer" -I x -n custody-act -s "$work/armour" <"$work/said" >/dev/null 2>&1
}
check_active() {   # line: what is wrong with by
    [ "$(state_of "$by")" = active ] || { echo "the act is signed with a key that is not active"; return; }
    said_by "$1" "$(name_of "$by")" || echo "the act is not signed by the person it names"
}
check_examiner() {   # line, action, sig: what is wrong; adds to the register what is right
    name=$(member "$1" name) key=$(member "$1" key | tr ' ' :) next=$(member "$1" next) own=no
    case $2 in examiner.add) allowed='next|role' ;; examiner.rotate) allowed=next ;; *) allowed=from ;; esac
    flat "$1" "$allowed" || { echo "the subject has other members"; return; }
    case $next in *[!0-9a-f]*) next=odd ;; esac
    case ${#next} in 0|64) ;; *) echo "the commitment is not 64 lower-case hex digits"; return ;; esac
    case $name in ''|[!A-Za-z0-9]*|*[!A-Za-z0-9._@-]*) echo "the subject names nobody"; return ;; esac
    [ ${#name} -le 100 ] || { echo "the subject names nobody"; return; }
    case $key in *[!A-Za-z0-9+/=:-]*) echo "no public key of OpenSSH"; return ;; ssh-ed25519:*|ecdsa-sha2-nistp256:*) ;;
        *) echo "no public key of OpenSSH"; return ;; esac
    if [ "$2" = examiner.revoke ]; then
        case $(state_of "$key") in active|replaced) ;; *) echo "the revoked key is no key of this name"; return ;; esac
        [ "$(name_of "$key")" = "$name" ] || { echo "the revoked key is no key of this name"; return; }
        [ -n "$(member "$1" from)" ] && sed -n "${1}p" "$log" | grep -q '","reason":"' || { echo "a revocation states reason and time"; return; }
        [ "$3" = - ] || { wrong=$(check_active "$1"); [ -z "$wrong" ] || { echo "$wrong"; return; }; }
        set_state "$key" revoked
        return
    fi
    [ -z "$(state_of "$key")" ] || { echo "the key is in the case already"; return; }
    [ "$by" = "$key" ] && said_by "$1" "$name" && own=yes
    before=$(active_of "$name")
    if [ "$2" = examiner.rotate ]; then
        commitment=$(printf '%s' "${key#*:}" | openssl base64 -d -A | digest)
        [ -n "$before" ] && [ "${before#* }" = "$commitment" ] || { echo "there is no commitment to this key"; return; }
        [ $own = yes ] || { echo "a rotation is signed by the new key"; return; }
        set_state "${before%% *}" replaced
    else
        [ -z "$before" ] || { echo "the name is in the case already"; return; }
        if grep -q ' active ' "$work/people"; then
            wrong=$(check_active "$1")
            [ -z "$wrong" ] || { echo "$wrong"; return; }
        elif [ $own = no ] || grep -q "^[^ ]* $name " "$work/people"; then echo "nobody vouches for the key"; return; fi
    fi
    printf '%s %s active %s\n' "$key" "$name" "${next:--}" >>"$work/people"
}
while read -r line _ _ action _ _ sig; do
    by='' defect=''
    case $action:$sig in
        examiner.revoke:-) ;;
        examiner.*:-) defect="the act is not signed by an examiner" ;;
        transfer.offer:-|transfer.accept:-|disclosure.redact:-) [ ! -s "$work/people" ] || defect="the act is not signed by an examiner" ;;
        *:-) continue ;;
        *) check_signature "$line" "$sig" || defect="the signature of a person does not fit the act" ;;
    esac
    case $defect:$action in
        :examiner.*) check_examiner "$line" "$action" "$sig" >"$work/wrong"; defect=$(cat "$work/wrong") ;;
        :*) [ "$sig" = - ] || defect=$(check_active "$line") ;;
    esac
    [ -z "$defect" ] || fail 4 "custody.jsonl line $line" "$defect"
done <"$work/fields"
if [ -s "$work/people" ]; then
    while read -r key name _; do
        printf '%s namespaces="custody-act,custody-offer,custody-receipt" %s %s\n' "$name" "${key%%:*}" "${key#*:}"
    done <"$work/people" >"$work/allowed_signers"
    same "$work/allowed_signers" keys/allowed_signers
fi

# 5. A checkpoint: origin, size, root, empty line, one signature line. Rebuilt from its fields, it is the same file.
dash=$(printf '\342\200\224')
open_note() {   # sets note_size, note_root (hex) and signer, or defect
    defect="cannot be read"
    plain "$1" && [ -r "$1" ] || return 1
    defect="is not origin, size, root, empty line, signature"
    [ "$(wc -c <"$1")" -le 65536 ] || return 1
    note_origin=$(sed -n 1p "$1"); note_size=$(sed -n 2p "$1"); note_base64=$(sed -n 3p "$1")
    signature=$(sed -n 5p "$1"); signature=${signature##* }
    printf '%s\n%s\n%s\n' "$note_origin" "$note_size" "$note_base64" >"$work/text"
    { cat "$work/text"; printf '\n%s %s %s\n' "$dash" "$note_origin" "$signature"; } >"$work/note"
    cmp -s "$work/note" "$1" || return 1
    case $note_size in ''|*[!0-9]*|0?*|????????????????*) return 1 ;; esac
    defect="holds base64 that is not canonical"
    printf '%s' "$signature" | openssl base64 -d -A >"$work/blob" 2>/dev/null
    printf '%s' "$note_base64" | openssl base64 -d -A >"$work/root" 2>/dev/null
    [ "$(openssl base64 -A -in "$work/blob")" = "$signature" ] || return 1
    [ "$(openssl base64 -A -in "$work/root")" = "$note_base64" ] || return 1
    note_root=$(hex "$work/root")
    [ ${#note_root} -eq 64 ] && [ "$(wc -c <"$work/blob")" -eq 68 ] || return 1
    defect="is signed by a key that the log does not know"
    id=$(hex "$work/blob" | cut -c1-8)
    signer=$(sed -n "s/^$id \([^ ]*\) .*/\1/p" "$work/known")
    [ -n "$signer" ] && [ "$note_origin" = "$origin" ] || return 1
    defect="the signature does not fit the text"
    tail -c 64 "$work/blob" >"$work/signature"
    openssl pkeyutl -verify -pubin -inkey "$work/keys/$id.pem" -rawin -in "$work/text" -sigfile "$work/signature" \
        >/dev/null 2>&1 || return 1
}
head_size=0 head_root='' head_signer=''
if open_note checkpoint; then
    head_size=$note_size head_root=$note_root head_signer=$signer
    last=$(actor_at "$size")
    [ "$signer" = "$last" ] || fail 5 checkpoint "signed by $signer, but the last record is by $last"
    # 6.
    if [ "$note_size" -ne "$size" ]; then
        fail 6 checkpoint "covers $note_size records, but the log holds $size"
    elif [ "$note_root" != "$(root_at "$size")" ]; then
        fail 6 checkpoint "the root is not that of the log: a record was changed"
    fi
else
    fail 5 checkpoint "$defect"
    fail 6 checkpoint "not checked, because the checkpoint is not signed (step 5)"
fi

# The sealed set: the last state that any record names for a path.
awk -v names="$work/names" -v got="$work/received" '
    { split($3, part, "/"); bad = ($3 == "" || $3 ~ /[^A-Za-z0-9._+=@,~\/-]/ || $3 ~ /(^|\/)([.~=+@,-]|\/|$)/ || $3 ~ /\.(\/|$)/) }
    bad { print 2 "\t" $1 "\ta path does not stay inside the folder"; next }
    $2 == "out" && ($3 == "custody.jsonl" || $3 == "checkpoint" || ($3 ~ /^checkpoints\// && $3 != "checkpoints/" ($1 - 1))) {
        print 4 "\t" $1 "\tthe path " $3 " cannot be sealed" }
    $2 == "out" && ($3 in received) { print 4 "\t" $1 "\tthe path " $3 " is named a second time" }
    $2 == "out" && $3 ~ /^(timestamps|witnesses)\// && !($3 in received) { received[$3] = $1 - 1; print $3, $1 - 1 > got }
    $2 == "gone" && (!($3 in state) || $3 ~ /^(checkpoints|timestamps|witnesses)\//) { print 4 "\t" $1 "\tthe path " $3 " is not sealed" }
    $2 == "out" { state[$3] = $4 " " $5 }
    $2 == "gone" { delete state[$3] }
    END { for (path in state) print path, state[path] > names }
' "$work/outs" >"$work/rules"
touch "$work/names" "$work/received"
while IFS='	' read -r n line what; do fail "$n" "custody.jsonl line $line" "$what"; done <"$work/rules"
sort "$work/names" >"$work/sealed"
cut -d' ' -f1 "$work/sealed" | sort >"$work/paths"

# 7. Every checkpoint that was replaced.
grep '^checkpoints/[0-9]*$' "$work/paths" >"$work/earlier"
while read -r path; do
    if ! open_note "$path"; then fail 7 "$path" "$defect"
    elif [ "$path" != "checkpoints/$note_size" ] || [ "$note_size" -gt "$size" ] ||
        [ "$note_root $signer" != "$(root_at "$note_size") $(actor_at "$note_size")" ]; then
        fail 7 "$path" "is not the head that the log had then"
    fi
done <"$work/earlier"

# 8. Every sealed file: there, with its size and SHA-256. 9. Nothing else.
comm -23 "$work/paths" "$work/files" | fails 8 "is missing"
comm -12 "$work/paths" "$work/files" | sed 's|^|./|' >"$work/present"
: >"$work/seen"
if [ -s "$work/present" ]; then
    xargs -n 500 wc -c <"$work/present" 2>/dev/null | awk '$2 ~ /^\.\// { print substr($2, 3), "bytes", $1 }' >>"$work/seen"
    xargs -n 500 $sha256 <"$work/present" 2>/dev/null |
        awk '{ print substr($0, 69), "sha256", substr($0, 1, 64) }' >>"$work/seen"
fi
awk '
    FILENAME == ARGV[1] { seen[$1, $2] = $3; next }
    FILENAME == ARGV[2] { there[substr($1, 3)] = 1; next }
    !($1 in there) { next }
    seen[$1, "bytes"] != $2 { print $1 "\thas " seen[$1, "bytes"] " bytes, not " $2; next }
    seen[$1, "sha256"] != $3 { print $1 "\thas SHA-256 " seen[$1, "sha256"] ", not " $3 }
' "$work/seen" "$work/present" "$work/sealed" >"$work/changed"
while IFS='	' read -r where what; do fail 8 "$where" "$what"; done <"$work/changed"
{ cat "$work/paths"; printf 'custody.jsonl\ncheckpoint\n'; } | sort >"$work/allowed"
comm -13 "$work/allowed" "$work/files" | tr -c '[:print:]\n' '?' | fails 9 "is not sealed"
awk '{ n = split($0, part, "/"); path = ""; for (i = 1; i < n; i++) { path = path (i > 1 ? "/" : "") part[i]; print path } }' \
    "$work/allowed" | sort -u >"$work/parents"
comm -13 "$work/parents" "$work/folders" | tr -c '[:print:]\n' '?' | fails 9 "is a folder without sealed files"

# 11. Time stamps: over the checkpoint that they name, signed under a certificate in timestamps/, as of their own time.
: >"$work/attested"
shown=''
same_as_sealed() { plain "$1" && [ "$(digest "$1")" = "$(awk -v path="$1" '$1 == path { print $3 }' "$work/sealed")" ]; }
seconds() {   # POSIX seconds of "Mon dd hh:mm:ss[.fraction] yyyy GMT" (days from the civil date)
    awk '{
        m = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3; y = $4; d = $2; split($3, t, ":")
        if (m < 3) { y--; m += 12 }
        print (365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d - 1 - 719468) * 86400 \
            + t[1] * 3600 + t[2] * 60 + int(t[3])
    }'
}
grep '^timestamps/' "$work/paths" >"$work/stamps" && shown="$shown 11"
: >"$work/roots.pem"
while read -r path; do
    case $path in *.pem) ;; *) continue ;; esac
    if ! same_as_sealed "$path"; then fail 11 "$path" "is not the file that was sealed"; continue; fi
    openssl x509 -in "$path" -noout 2>/dev/null || fail 11 "$path" "there is no certificate in this file"
    { cat "$path"; echo; } >>"$work/roots.pem"
done <"$work/stamps"
while read -r path; do
    file=${path#timestamps/}; n=${file%%-*}
    got=$(awk -v path="$path" '$1 == path { print $2 }' "$work/received")
    sum=$(awk -v path="$path" '$1 == path { print substr($3, 1, 8) }' "$work/sealed")
    if [ "$file" = "$sum.pem" ]; then continue; fi
    case $n in ''|0*|*[!0-9]*|????????????????*) fail 11 "$path" "is no time stamp and no certificate"; continue ;; esac
    if [ "$file" != "$n-$sum.tsr" ]; then fail 11 "$path" "is not named by its own digest"; continue; fi
    if [ "$n" -gt "$got" ] || ! grep -q "^checkpoints/$n\$" "$work/paths"; then
        fail 11 "$path" "no checkpoint of this size"; continue; fi
    if ! same_as_sealed "$path" || ! same_as_sealed "checkpoints/$n"; then
        fail 11 "$path" "is not the file that was sealed"; continue; fi
    openssl ts -reply -in "$path" -text >"$work/reply" 2>/dev/null
    when=$(sed -n 's/^Time stamp: *//p' "$work/reply")
    if openssl ts -verify -data "checkpoints/$n" -in "$path" -CAfile "$work/roots.pem" \
        -attime "$(printf '%s\n' "$when" | seconds)" >/dev/null 2>&1; then
        printf '%s: %s records at %s\n' "$path" "$n" "$when" >>"$work/attested"
    else
        fail 11 "$path" "openssl ts -verify does not accept it"
    fi
done <"$work/stamps"

# 12. Cosignatures: one line of a witness over a checkpoint of this log. (ML-DSA-44 needs OpenSSL 3.5 and is not checked.)
grep '^witnesses/' "$work/paths" >"$work/cosigned" && shown="$shown 12"
while read -r path; do
    file=${path#witnesses/}; n=''
    case $file in *-*.cosig) n=${file%%-*}; key=${file#*-}; key=${key%.cosig} ;; *) key=${file%.pub} ;; esac
    case ${#key}$key in 8*[!0-9a-f]*|[!8]*|8?????????*) fail 12 "$path" "is no cosignature and no key"; continue ;; esac
    if [ "$file" != "$key.pub" ] && [ "$file" != "$n-$key.cosig" ]; then
        fail 12 "$path" "is no cosignature and no key"; continue; fi
    if ! grep -q "^witnesses/$key.pub\$" "$work/paths" || ! same_as_sealed "witnesses/$key.pub"; then
        fail 12 "$path" "there is no key of this witness"; continue; fi
    read_witness "$(cat "witnesses/$key.pub")" && [ "$id" = "$key" ] && printf '%s+%s+%s\n' "$name" "$id" "$encoded" |
        cmp -s - "witnesses/$key.pub" || { fail 12 "$path" "is not the key of this id"; continue; }
    [ -n "$n" ] || continue
    got=$(awk -v path="$path" '$1 == path { print $2 }' "$work/received")
    case $n in ''|0*|*[!0-9]*|????????????????*) fail 12 "$path" "is no cosignature and no key"; continue ;; esac
    if [ "$n" -gt "$got" ] || ! grep -q "^checkpoints/$n\$" "$work/paths"; then
        fail 12 "$path" "no checkpoint of this size"; continue; fi
    if ! same_as_sealed "$path"; then fail 12 "$path" "is not the file that was sealed"; continue; fi
    encoded=$(sed -n 1p "$path"); encoded=${encoded##* }
    printf '%s' "$encoded" | openssl base64 -d -A >"$work/blob" 2>/dev/null
    if ! printf '%s %s %s\n' "$dash" "$name" "$(openssl base64 -A -in "$work/blob")" | cmp -s - "$path"; then
        fail 12 "$path" "is no signature line"; continue; fi
    bytes=$(wc -c <"$work/blob" | tr -d ' ')
    when=$(printf '%d' "0x$(hex "$work/blob" | cut -c9-24)")
    case $kind:$bytes:$(hex "$work/blob" | cut -c1-12) in 04:76:"$key"00??|06:2432:"$key"00??) ;; *)
        fail 12 "$path" "is of another witness, or has another length"; continue ;; esac
    if [ "$when" -gt 253402300799 ]; then fail 12 "$path" "its time is none"; continue; fi   # the end of the year 9999
    if [ "$kind" = 06 ]; then
        printf '%s: %s, ML-DSA-44, not checked here\n' "$path" "$name" >>"$work/attested"; continue; fi
    { printf 'cosignature/v1\ntime %s\n%s\n%s\n' "$when" "$origin" "$n"
        root_at "$n" | to_raw | openssl base64 -A; echo; } >"$work/text"
    tail -c 64 "$work/blob" >"$work/signature"
    {
        echo "-----BEGIN PUBLIC KEY-----"
        { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat "$work/public"; } | openssl base64 -A
        printf '\n%s\n' "-----END PUBLIC KEY-----"
    } >"$work/witness.pem"
    if openssl pkeyutl -verify -pubin -inkey "$work/witness.pem" -rawin -in "$work/text" -sigfile "$work/signature" \
        >/dev/null 2>&1; then
        printf '%s: %s saw %s records at POSIX time %s (its own clock)\n' "$path" "$name" "$n" "$when" >>"$work/attested"
    else
        fail 12 "$path" "the cosignature does not fit"
    fi
done <"$work/cosigned"

# 10. Only if asked: a head from a printed report, a key from its owner.
shown=" 1 2 3 4 5 6 7 8 9$shown "
if [ -n "$want_head$want_key" ]; then shown="${shown}10 "; fi
if [ -n "$want_head" ]; then
    want_size=${want_head%%:*}; want_root=$(printf '%s' "${want_head#*:}" | tr A-F a-f)
    case $want_size in ''|*[!0-9]*|????????????????*) stop "--head needs SIZE:ROOT" ;; esac
    if [ "$want_size" -gt "$size" ] || [ "$want_size" -eq 0 ]; then
        fail 10 custody.jsonl "the log holds $size records, not $want_size"
    elif [ "$(root_at "$want_size")" != "$want_root" ]; then
        fail 10 custody.jsonl "the root at $want_size records is $(root_at "$want_size")"
    fi
fi
if [ -n "$want_key" ]; then
    actor=$want_key
    case $want_key in key:*) ;; *) read_key "$want_key" || actor="no key" ;; esac
    [ "$actor" = "$head_signer" ] || fail 10 checkpoint "signed by ${head_signer:-nobody}, not by $actor"
fi

n=0 good=yes
while read -r title; do
    n=$((n + 1))
    case $shown in *" $n "*) ;; *) continue ;; esac
    if [ -s "$work/defects.$n" ]; then
        good=no
        printf '%2d FAIL %s: %s\n' $n "$title" "$(sed -n 1,5p "$work/defects.$n" | tr '\n' ';' | sed 's/;$//; s/;/; /g')"
    else
        printf '%2d ok   %s\n' $n "$title"
    fi
done <<'TITLES'
the folder holds plain files and folders only
every line of the log is one canonical record
the records are numbered and chained
actors and key files agree with the log
the checkpoint is signed by the last actor
the checkpoint covers exactly this log
every earlier checkpoint is there and genuine
every sealed file is unchanged
nothing else is in the folder
the log agrees with what the caller knows
the time stamps are over checkpoints of this log
the cosignatures are over checkpoints of this log
TITLES
[ -z "$note" ] || printf '   note %s\n' "$note"
if [ $good = yes ]; then
    cat "$work/attested"
    printf 'origin %s\nsize %s\nroot %s\nsigner %s\nThe case verifies.\n' "$origin" "$head_size" "$head_root" "$head_signer"
    exit 0
fi
echo "The case does NOT verify."
exit 4
