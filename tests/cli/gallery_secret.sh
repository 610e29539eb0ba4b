#!/bin/sh
# An encrypted gallery: with the key as any other, without it a clear error; no key is told.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/gallery_people.sh"

head -c 40 /dev/urandom >key && head -c 40 /dev/urandom >other
echo 'correct horse battery staple' >words && echo 'correct horse' >wrong_words
expect 0 likeness enroll --from people $net
expect 0 likeness gallery stats
out_has '^  encrypted  no$'
expect 2 likeness gallery list --key-file key
err_has 'gallery.db: it is not encrypted, and needs no key'
expect 0 likeness gallery encrypt --key-file key
out_has 'gallery.db: encrypted; without the key file nobody reads its vectors again, you neither$'
expect 2 likeness gallery encrypt --key-file key
err_has 'it is encrypted already$'

# ---- with the key
key='--key-file key'
expect 0 likeness verify p0001 people/p0001/003.jpg $net $key
expect 1 likeness verify p0002 people/p0001/003.jpg $net $key
expect 0 likeness identify people/p0003/005.jpg $net $key
out_has ': face 0: p0003 \(0\.0000\)$'
expect 0 likeness enroll --from people $net $key
out_has '^0 faces enrolled in .*; 30 known already, 0 refused$'
expect 0 likeness gallery rename p0001 'Zoë' $key
expect 0 likeness gallery merge 'Zoë' p0002 $key
expect 0 likeness gallery check $key
out_has ': sound, 30 faces of 5 people$'
expect 0 likeness gallery export -o all.jsonl $key
expect 0 likeness gallery import all.jsonl --gallery copy.db --passphrase-file words
expect 0 likeness gallery stats --gallery copy.db --json
out_has '"faces":30,.*"encrypted":"passphrase"'
expect 0 likeness calibrate people $net $key
expect 0 likeness verify 'Zoë' people/p0001/003.jpg $net $key --json

# ---- without it, or with another
expect 0 likeness gallery list
expect 0 likeness gallery stats
out_has '^  encrypted  key file$'
for command in "verify p0003 people/p0003/003.jpg $net" "identify people/p0003/003.jpg $net" \
    "enroll p0009 people/p0003/003.jpg $net" 'gallery check' 'gallery export' 'gallery show p0003' \
    'gallery rename p0003 p0009' 'gallery decrypt'; do
    # shellcheck disable=SC2086 # words
    expect 2 likeness $command
    err_has 'gallery.db: it is encrypted; --key-file FILE opens it$'
    # shellcheck disable=SC2086 # words
    expect 2 likeness $command --key-file other
    err_has 'gallery.db: this key file does not open it$'
done
expect 2 likeness gallery check --passphrase-file words
err_has 'it is encrypted with a key file, not a passphrase$'
expect 2 likeness gallery check --key-file words
err_has 'words: 29 bytes, no key: a key file has at least 32, best random ones$'
expect 1 likeness gallery check --key-file none
err_has '^likeness: none: '
expect 2 likeness gallery check --key-file key --passphrase-file words
expect 2 likeness gallery check --gallery copy.db --passphrase-file wrong_words
err_has 'copy.db: this passphrase does not open it$'
expect 2 likeness gallery check --gallery copy.db
err_has 'copy.db: it is encrypted; --passphrase-file FILE opens it$'
expect 2 likeness gallery import all.jsonl --gallery key --key-file key

# ---- what somebody changed in the file
if command -v python3 >/dev/null && python3 -c 'import sqlite3' 2>/dev/null; then
    cp "$gallery" changed.db
    python3 -c 'import sqlite3
db = sqlite3.connect("changed.db")
db.execute("UPDATE face SET person = (SELECT id FROM person WHERE name = \"p0004\") WHERE person = (SELECT id FROM person WHERE name = \"p0003\")")
db.commit()'
    expect 4 likeness verify p0004 people/p0003/003.jpg $net $key --gallery changed.db
    err_has "changed.db: damaged: the vector of face [0-9]+ was changed, or was not enrolled as p0004's$"
    expect 4 likeness gallery check $key --gallery changed.db
fi

# ---- removed without the key, and back to plain
expect 0 likeness gallery remove p0003
expect 0 likeness gallery decrypt $key
expect 0 likeness gallery check
out_has ': sound, 25 faces of 4 people$'
expect 0 likeness verify p0004 people/p0004/003.jpg $net

# ---- from a pipe; and a new gallery that is encrypted from the beginning
expect 0 likeness enroll p0001 people/p0001/001.jpg $net --gallery new.db $key
expect 2 likeness gallery check --gallery new.db
checks=$((checks + 1))
# shellcheck disable=SC2002 # a pipe is the point
cat key | likeness gallery check --gallery new.db --key-file /dev/stdin >out 2>err || wrong 'a key from a pipe'

# ---- typed at the terminal
typed() { # TEXT COMMAND...: with a terminal on which the text is typed
    text=$1
    shift
    python3 -c 'import os, pty, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
said = b""
for line in sys.argv[1].split("|"):
    while not said.endswith(b": "):
        try:
            part = os.read(fd, 1000)
        except OSError:
            part = b""
        if not part:
            break
        said += part
    time.sleep(0.2)
    try:
        os.write(fd, line.encode() + b"\r")
    except OSError:
        pass
    said += b"\n"
try:
    while True:
        part = os.read(fd, 1000)
        if not part:
            break
        said += part
except OSError:
    pass
sys.stdout.write(said.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)' "$text" "$@" >out 2>err </dev/null
    got=$?
}
if command -v python3 >/dev/null; then
    checks=$((checks + 4))
    typed 'my secret|my secret' "$LIKENESS" gallery encrypt --gallery new2.db
    [ $got -eq 3 ] || wrong "encrypting what is not there gives $got"
    likeness gallery decrypt --gallery new.db $key >out 2>err || wrong 'decrypting'
    typed 'my secret|my secrets' "$LIKENESS" gallery encrypt --gallery new.db
    [ $got -eq 2 ] && grep -q 'these are two passphrases' out || wrong "two passphrases give $got"
    typed 'my secret|my secret' "$LIKENESS" gallery encrypt --gallery new.db
    [ $got -eq 0 ] && grep -q 'encrypted' out || wrong "encrypting gives $got"
    grep -q 'secret' out && wrong 'the passphrase is shown'
    typed 'my secret' "$LIKENESS" gallery check --gallery new.db
    [ $got -eq 0 ] && grep -q 'sound, 1 face of 1 person' out || wrong "the passphrase gives $got"
    typed 'my secrets' "$LIKENESS" gallery check --gallery new.db
    [ $got -eq 2 ] || wrong "another passphrase gives $got"
fi
finish
